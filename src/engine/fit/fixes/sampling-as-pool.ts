import { replaceNode } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix, type FitScope } from '../fix.ts';
import { takenBy } from '../slices.ts';
import type { Node } from '../../onnx/graph.ts';

export const samplingAsPool: Fix = {
  id: 'sampling-as-pool',
  title: 'Write it as a pool of one pixel',
  effect: 'exact',
  finds: 'Slice that takes every n-th row and column from the first on, and Resize to a whole part that takes the nearest in that way.',
  does: 'MaxPool with a window of 1×1 and stride n.',
  source: 'ALU strides of 1 to 256 (DPUCZDX8G_ISA1_B4096.prototxt); strided slices run on the CPU up to Vitis AI 2.5.',
  match(node, scope) {
    const strides = strided(node, scope) ?? shrunk(node, scope);
    if (!strides || strides.some((stride) => stride > scope.board.window.stride)) return undefined;
    return {
      nodes: [node.label],
      message: `every ${strides.join('×')}-th pixel by MaxPool 1×1`,
      apply() {
        replaceNode(scope.graph, node, 'MaxPool', [node.inputs[0]!], { kernel_shape: [1, 1], strides });
        return undefined;
      },
    };
  },
};

function strided(node: Node, scope: FitScope): number[] | undefined {
  const map = mapOf(scope, node.inputs[0]);
  const taken = map && takenBy(node, scope);
  if (!taken) return undefined;
  const [batch, channels, ...places] = taken.axes;
  if (batch!.size !== 1 || channels!.size !== map.channels || channels!.step !== 1) return undefined;
  const strides = places.map(({ step }) => step);
  const whole = places.every(({ start, step, size }, axis) => start === 0 && size === Math.ceil([map.height, map.width][axis]! / step));
  return whole && strides.some((stride) => stride > 1) ? strides : undefined;
}

function shrunk(node: Node, scope: FitScope): number[] | undefined {
  if (!isOp(node, 'Resize') || node.string('mode', 'nearest') !== 'nearest' || !isFloat32(scope, node.inputs[0])) return undefined;
  const plain =
    node.string('coordinate_transformation_mode', 'half_pixel') === 'asymmetric' &&
    node.string('nearest_mode', 'round_prefer_floor') === 'floor';
  const [from, to] = [mapOf(scope, node.inputs[0]), mapOf(scope, node.outputs[0])];
  if (!plain || !from || !to || from.channels !== to.channels || node.attributes.has('axes')) return undefined;
  const strides = [from.height / to.height, from.width / to.width];
  return strides.every(Number.isInteger) && strides.some((stride) => stride > 1) ? strides : undefined;
}
