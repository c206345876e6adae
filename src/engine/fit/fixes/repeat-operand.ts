import { Tensor } from '../../onnx/tensor.ts';
import { emit, store } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';

export const repeatOperand: Fix = {
  id: 'repeat-operand',
  title: 'Repeat the smaller operand',
  effect: 'exact',
  finds: 'Add of a feature map and one number a channel that is computed, Add and Mul of one and a map of a single channel.',
  does: 'Resize to the nearest repeats over height and width, a 1×1 convolution of ones over channels: then both have one shape.',
  source:
    'Add of one shape; Mul of one shape or over height and width (vai_q_pytorch 3.5, dpu_op_filter.py; Inspector reports of EfficientNet).',
  match(node, scope) {
    const { graph, board } = scope;
    if (!isOp(node, 'Add', 'Mul') || !isFloat32(scope, node.outputs[0])) return undefined;
    const to = mapOf(scope, node.outputs[0]);
    const at = node.inputs.findIndex((input) => {
      const map = graph.constant(input) ? undefined : mapOf(scope, input);
      const pixel = map?.height === 1 && map.width === 1 && map.channels === to?.channels && node.op === 'Add';
      const mask = map?.channels === 1 && map.height === to?.height && map.width === to.width;
      return to && map && (pixel || mask) && !sameMap(map, to);
    });
    const other = mapOf(scope, node.inputs[1 - at]);
    const small = mapOf(scope, node.inputs[at]);
    if (at < 0 || !to || !small || !other || !sameMap(other, to) || to.channels > board.channels) return undefined;
    const mask = small.channels !== to.channels;
    return {
      nodes: [node.label],
      message: mask
        ? `one channel becomes ${to.channels} by a convolution of ones`
        : `one pixel becomes ${to.height}×${to.width} by Resize`,
      apply() {
        const label = `${node.label}/repeated`;
        if (mask) {
          const ones = store(graph, `${label}/weight`, Tensor.float32([to.channels, 1, 1, 1], new Float32Array(to.channels).fill(1)));
          graph.setInput(node, at, emit(graph, label, 'Conv', [node.inputs[at]!, ones], { kernel_shape: [1, 1] }));
          return undefined;
        }
        const scales = store(graph, `${label}/scales`, Tensor.float32([4], [1, 1, to.height, to.width]));
        const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
        graph.setInput(node, at, emit(graph, label, 'Resize', [node.inputs[at]!, '', scales], attributes));
        return undefined;
      },
    };
  },
};

type FeatureMap = NonNullable<ReturnType<typeof mapOf>>;

const sameMap = (a: FeatureMap, b: FeatureMap): boolean => a.channels === b.channels && a.height === b.height && a.width === b.width;
