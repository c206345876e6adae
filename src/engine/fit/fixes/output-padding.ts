import { attributes } from '../../onnx/graph.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';

export const outputPadding: Fix = {
  id: 'output-padding',
  title: 'Take output_padding off the pads',
  effect: 'exact',
  finds: 'ConvTranspose with output_padding that is no more than its pads at the end.',
  does: 'Pads at the end less by it: the same rows and columns are kept.',
  source: 'output_padding must be 0 (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const more = node.ints('output_padding');
    if (!isOp(node, 'ConvTranspose') || !more?.some((size) => size !== 0) || !isFloat32(scope, node.outputs[0])) return undefined;
    const pads = node.ints('pads');
    const settled = node.string('auto_pad', 'NOTSET') === 'NOTSET' && !node.attributes.has('output_shape');
    if (!settled || pads?.length !== 2 * more.length || more.some((size, axis) => size < 0 || size > pads[axis + more.length]!))
      return undefined;
    const own = pads.map((pad, i) => (i < more.length ? pad : pad - more[i - more.length]!));
    return {
      nodes: [node.label],
      message: `output_padding [${more.join(', ')}] goes: pads [${pads.join(', ')}] become [${own.join(', ')}]`,
      apply() {
        node.attributes.delete('output_padding');
        for (const [name, value] of attributes({ pads: own })) node.attributes.set(name, value);
        return undefined;
      },
    };
  },
};
