import { replaceNode } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';

export const wholePool: Fix = {
  id: 'whole-pool',
  title: 'Write it as GlobalAveragePool',
  effect: 'exact',
  finds: 'AveragePool whose window, written as a constant, is the whole feature map.',
  does: 'GlobalAveragePool: no window to be larger than the accelerator has, and the factor that the board rounds is found by the quantizer.',
  source: 'vai_q_pytorch 3.5, dpu_op_filter.py: strides of global pools are not checked.',
  match(node, scope) {
    const map = mapOf(scope, node.inputs[0]);
    if (!map || !isOp(node, 'AveragePool') || !isFloat32(scope, node.inputs[0])) return undefined;
    const kernel = node.ints('kernel_shape');
    const automatic = node.string('auto_pad', 'NOTSET');
    const padded = (node.ints('pads') ?? []).some((pad) => pad !== 0) || automatic.startsWith('SAME');
    const dilated = (node.ints('dilations') ?? []).some((dilation) => dilation !== 1);
    if (kernel?.join() !== `${map.height},${map.width}` || padded || dilated) return undefined;
    return {
      nodes: [node.label],
      message: `its window ${map.height}×${map.width} is the whole map`,
      apply() {
        replaceNode(scope.graph, node, 'GlobalAveragePool', [node.inputs[0]!]);
        return undefined;
      },
    };
  },
};
