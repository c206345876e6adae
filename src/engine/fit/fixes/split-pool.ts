import { emit, replaceNode } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';

export const splitPool: Fix = {
  id: 'split-pool',
  title: 'Pool in two steps',
  effect: 'exact',
  finds:
    "GlobalAveragePool, or AveragePool without padding whose stride is its window, with a side longer than the accelerator's largest window.",
  does: 'An AveragePool over tiles of equal size, then one over what is left: the mean of means of equally many numbers is the mean.',
  source: 'Kernels of 1 to 256, 8 before ISA1 (UG1414; pyxir common/op_support.py); vai_q_onnx 3.5, SplitLargeKernelPool.',
  match(node, scope) {
    const { graph, board } = scope;
    const map = mapOf(scope, node.inputs[0]);
    if (!map || !isOp(node, 'GlobalAveragePool', 'AveragePool') || !isFloat32(scope, node.inputs[0])) return undefined;
    const whole = [map.height, map.width];
    const kernel = node.op === 'GlobalAveragePool' ? whole : node.ints('kernel_shape');
    if (kernel?.length !== 2 || !kernel.some((side) => side > board.pool.kernel)) return undefined;
    if (node.op === 'AveragePool') {
      const tiled = kernel.every((side, axis) => side === whole[axis] || (node.ints('strides') ?? [1, 1])[axis] === side);
      const plain = node.string('auto_pad', 'NOTSET') === 'NOTSET' && node.int('ceil_mode', 0) === 0;
      const padded = [...(node.ints('pads') ?? []), ...(node.ints('dilations') ?? [1]).map((d) => d - 1)].some((number) => number !== 0);
      if (!tiled || !plain || padded) return undefined;
    }
    const parts = kernel.map((side) => divisor(side, board.pool.kernel));
    if (parts.some((part) => part === undefined)) return undefined;
    const first = parts as number[];
    const second = kernel.map((side, axis) => side / first[axis]!);
    return {
      nodes: [node.label],
      message: `its window ${kernel.join('×')} becomes ${first.join('×')}, then ${second.join('×')}`,
      apply() {
        const tiles = emit(graph, `${node.label}/tiles`, 'AveragePool', [node.inputs[0]!], { kernel_shape: first, strides: first });
        if (node.op === 'GlobalAveragePool') replaceNode(graph, node, 'GlobalAveragePool', [tiles]);
        else replaceNode(graph, node, 'AveragePool', [tiles], { kernel_shape: second, strides: second });
        return undefined;
      },
    };
  },
};

/** The largest number up to `most` that divides a side into at most `most` parts. */
function divisor(side: number, most: number): number | undefined {
  for (let part = Math.min(side, most); part >= 1; part--) if (side % part === 0) return side / part <= most ? part : undefined;
  return undefined;
}
