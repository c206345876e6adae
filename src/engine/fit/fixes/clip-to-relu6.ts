import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import { soleReader } from '../../simplify/edit.ts';
import { linearLayer } from '../../simplify/linear.ts';
import { emit, replaceNode, scalar } from '../build.ts';
import { filled, scaled } from '../depthwise.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';

/** The factors are for `fold-constants`: mostly they go into the convolutions before and behind. */
export const clipToRelu6: Fix = {
  id: 'clip-to-relu6',
  title: 'Scale it to ReLU6',
  effect: 'exact',
  finds: 'Clip between two constants that are not 0 and 6, also written as Min and Max.',
  does: 'Clip(x, a, b) is Clip((x - a) f, 0, 6) / f + a with f = 6 / (b - a).',
  source: 'Of clipped ReLUs the convolution engine has ReLU6 only (DPUCZDX8G_ISA1_B4096.prototxt, nonlinear: relu, leaky_relu, relu_six).',
  match(node, scope) {
    const { graph } = scope;
    if (!isOp(node, 'Clip') || !isFloat32(scope, node.outputs[0])) return undefined;
    const bounds = clampBounds(node, graph);
    if (!bounds || !(bounds.high > bounds.low) || (bounds.low === 0 && bounds.high === 6)) return undefined;
    const { low, high } = bounds;
    const factor = 6 / (high - low);
    if (![low, high].every(Number.isFinite) || Math.abs(low) > 1e6 || Math.abs(high) > 1e6 || !(factor < 1e6)) return undefined;
    // Into the weights of the layer before, where that is one; else as a layer that has the ReLU6 in its pass.
    const foldable = soleReader(graph, node.inputs[0]!) === node && linearLayer(graph, graph.producer(node.inputs[0]!)) !== undefined;
    const channels = mapOf(scope, node.outputs[0])?.channels;
    if (!foldable && (channels === undefined || channels > scope.board.channels)) return undefined;
    return {
      nodes: [node.label],
      message: `Clip to ${Number(low.toPrecision(6))} … ${Number(high.toPrecision(6))} becomes ReLU6 between two factors`,
      apply() {
        const { label } = node;
        let value = node.inputs[0]!;
        if (foldable) {
          if (low !== 0) value = emit(graph, `${label}/shift`, 'Add', [value, scalar(graph, `${label}/shift/number`, -low)]);
          value = emit(graph, `${label}/scale`, 'Mul', [value, scalar(graph, `${label}/scale/factor`, factor)]);
        } else {
          const shift = low === 0 ? undefined : filled(channels!, -low * factor);
          value = scaled(graph, `${label}/scale`, value, filled(channels!, factor), shift);
        }
        value = emit(graph, `${label}/relu6`, 'Clip', clipInputs(graph, label, value));
        const back = scalar(graph, `${label}/back/factor`, 1 / factor);
        if (low === 0) {
          replaceNode(graph, node, 'Mul', [value, back]);
          return undefined;
        }
        value = emit(graph, `${label}/back`, 'Mul', [value, back]);
        replaceNode(graph, node, 'Add', [value, scalar(graph, `${label}/back/number`, low)]);
        return undefined;
      },
    };
  },
};

const clipInputs = (graph: Parameters<typeof scalar>[0], label: string, value: string): string[] => [
  value,
  scalar(graph, `${label}/relu6/min`, 0),
  scalar(graph, `${label}/relu6/max`, 6),
];
