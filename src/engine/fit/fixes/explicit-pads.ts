import { attributes } from '../../onnx/graph.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';

export const explicitPads: Fix = {
  id: 'explicit-pads',
  title: 'Write the pads as numbers',
  effect: 'exact',
  finds: 'Conv, MaxPool and AveragePool with auto_pad.',
  does: 'The four pads that it stands for at this size of the input.',
  source: 'XIR knows pads as numbers, and limits are checked on them (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const automatic = node.string('auto_pad', 'NOTSET');
    if (!isOp(node, 'Conv', 'MaxPool', 'AveragePool') || automatic === 'NOTSET' || node.int('ceil_mode', 0) !== 0) return undefined;
    const [from, to] = [mapOf(scope, node.inputs[0]), mapOf(scope, node.outputs[0])];
    const kernel = node.ints('kernel_shape') ?? scope.graph.constant(node.inputs[1] ?? '')?.dims.slice(2);
    if (!from || !to || kernel?.length !== 2 || !isFloat32(scope, node.inputs[0])) return undefined;
    const strides = node.ints('strides') ?? [1, 1];
    const dilations = node.ints('dilations') ?? [1, 1];
    const all = [[from.height, to.height], [from.width, to.width]].map(([size = 0, result = 0], axis) =>
      automatic === 'VALID' ? 0 : Math.max(0, (result - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1 - size),
    ); // prettier-ignore
    const less = all.map((pad) => Math.floor(pad / 2));
    const more = all.map((pad, axis) => pad - less[axis]!);
    const pads = automatic === 'SAME_LOWER' ? [...more, ...less] : [...less, ...more];
    return {
      nodes: [node.label],
      message: `${automatic} is pads [${pads.join(', ')}]`,
      apply() {
        node.attributes.delete('auto_pad');
        for (const [name, value] of attributes({ pads })) node.attributes.set(name, value);
        return undefined;
      },
    };
  },
};
