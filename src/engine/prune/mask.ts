import { cloneModel } from '../onnx/clone.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import { constantTensor } from '../onnx/node.ts';
import { dataTypeBits } from '../onnx/data-type.ts';
import { Tensor } from '../onnx/tensor.ts';
import { forEachPlace } from '../ops/channels/block.ts';
import { checkRemoval } from './apply.ts';
import type { Coupling, Removal, Slice } from './groups/types.ts';

/**
 * The model as it is, but with the weights through which the next layers read these channels set to zero: what `removeChannels` has to compute. The original is not changed.
 * Integer weights become their zero point. Throws `prune.removal` as `removeChannels` does.
 */
export function maskConsumers(model: Model, coupling: Coupling, removal: Removal): Model {
  checkRemoval(coupling, removal);
  const copy = cloneModel(model);
  const places = new Map<string, { slice: Slice; gone: Set<number> }>();
  for (const group of coupling.groups) {
    const channels = removal.get(group.name) ?? [];
    for (const slice of channels.length ? group.slices : []) {
      if (slice.role !== 'consumes') continue;
      const key = JSON.stringify([slice.tensor, slice.axis]);
      const known = places.get(key) ?? { slice, gone: new Set<number>() };
      places.set(key, known);
      for (const channel of channels) for (const place of slice.places[channel]!) known.gone.add(place);
    }
  }
  for (const { slice, gone } of places.values()) {
    const stored = copy.graph.constant(slice.tensor)!;
    store(copy.graph, slice.tensor, zeroed(stored, slice.axis, gone, zeroPointsOf(model.graph, slice.tensor)));
  }
  return copy;
}

function store(graph: Graph, name: string, tensor: Tensor): void {
  if (graph.initializers.has(name)) {
    graph.initializers.set(name, tensor);
    return;
  }
  const node = graph.producer(name)!;
  if (!constantTensor(node)) return;
  node.attributes.clear();
  node.attributes.set('value', { kind: 'tensor', value: tensor });
}

/** What stands for zero in a stored tensor of integers: a tensor along an axis of it, or one number. */
interface ZeroPoints {
  readonly values: readonly number[];
  readonly axis: number;
}

/** Places of the zero point beside the weights, by operator: input of weights, of zero point. */
const weightZeroPoints: Readonly<Record<string, readonly [weight: number, zeroPoint: number]>> = {
  DequantizeLinear: [0, 2],
  QLinearConv: [3, 5],
  ConvInteger: [1, 3],
  QLinearMatMul: [3, 5],
  MatMulInteger: [1, 3],
  QGemm: [3, 5],
  MatMulIntegerToFloat: [1, 5],
  DynamicQuantizeMatMul: [1, 3],
};

function zeroPointsOf(graph: Graph, tensor: string): ZeroPoints | undefined {
  for (const { node, index } of graph.users(tensor)) {
    const [weight, zeroPoint] = weightZeroPoints[node.op] ?? [-1, -1];
    if (index !== weight) continue;
    const stored = graph.constant(node.inputs[zeroPoint] ?? '');
    return stored && { values: stored.toIntegers(), axis: zeroPointAxis(graph, node, tensor) };
  }
  return undefined;
}

function zeroPointAxis(graph: Graph, node: Node, tensor: string): number {
  const rank = graph.constant(tensor)!.dims.length;
  const axis = node.op === 'DequantizeLinear' ? node.int('axis', 1) : node.op.includes('Conv') ? 0 : rank - 1;
  return axis < 0 ? axis + rank : axis;
}

/** The tensor with these coordinates of an axis set to zero. */
function zeroed(tensor: Tensor, axis: number, gone: ReadonlySet<number>, zeros: ZeroPoints | undefined): Tensor {
  const bits = dataTypeBits(tensor.type)!;
  const bytes = new Uint8Array(tensor.bytes);
  forEachPlace(tensor.dims, (position, index) => {
    if (!gone.has(position[axis]!)) return;
    const zero = zeros ? (zeros.values.length === 1 ? zeros.values[0]! : zeros.values[position[zeros.axis]!]!) : 0;
    writeInteger(bytes, index, bits, zero);
  });
  return new Tensor(tensor.type, tensor.dims, { kind: 'bytes', bytes });
}

/** Little-endian two's complement; 0 is the same in every type. */
function writeInteger(bytes: Uint8Array, index: number, bits: number, value: number): void {
  if (bits % 8 === 0) {
    for (let i = 0; i < bits / 8; i++) bytes[(index * bits) / 8 + i] = i < 4 ? (value >> (8 * i)) & 255 : value < 0 ? 255 : 0;
    return;
  }
  const at = index * bits;
  const mask = ((1 << bits) - 1) << (at & 7);
  bytes[at >> 3] = (bytes[at >> 3]! & ~mask) | ((value << (at & 7)) & mask);
}
