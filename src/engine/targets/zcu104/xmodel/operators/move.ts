import type { Node } from '../../../../onnx/graph.ts';
import { inStoredOrder, isMap, sameSequence, storedAxis, storedPermutation, storedShape } from '../layout.ts';
import type { Writing } from '../export.ts';
import type { OperatorWriter } from './index.ts';

export const identity: OperatorWriter = (writing, node) => writing.made(node, writing.op(node.inputs[0]!));

export const concat: OperatorWriter = (writing, node) => {
  const rank = writing.dims(node.outputs[0]!).length;
  writing.simple(node, 'concat', { axis: storedAxis(node.int('axis', 0), rank) });
};

export const transpose: OperatorWriter = (writing, node) => {
  const rank = writing.dims(node.inputs[0]!).length;
  const permutation = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  writing.simple(node, 'transpose', { order: storedPermutation(permutation) });
};

export const flatten: OperatorWriter = (writing, node) => reshape(writing, node);

/**
 * Reshape, Squeeze, Unsqueeze and Flatten keep ONNX's order of elements, so a feature map is brought into it first and a result that is one is brought out of it,
 * except where the order is the same, or where only products with stored weights read the result: then their weights change places instead.
 */
export const reshape: OperatorWriter = (writing, node) => {
  const { builder } = writing;
  const [from, to] = [writing.dims(node.inputs[0]!), writing.dims(node.outputs[0]!)];
  let op = writing.op(node.inputs[0]!);
  const kept = isMap(from) && mapOfReaders(writing, node);
  if (isMap(from) && !sameSequence(from) && !kept)
    op = builder.op('transpose', `${node.label}_nchw`, { input: [op] }, from, { order: [0, 3, 1, 2] });
  if (!isMap(to) || sameSequence(to)) {
    const shape = storedShape(to);
    writing.made(node, builder.op('reshape', node.label, { input: [op] }, shape, { shape }));
    return;
  }
  const plain = builder.op('reshape', `${node.label}_nchw`, { input: [op] }, to, { shape: to });
  writing.made(node, builder.op('transpose', node.label, { input: [plain] }, storedShape(to), { order: [0, 2, 3, 1] }));
};

/** Whether a feature map becomes [pictures, features] here and all that read it multiply by stored weights. */
function mapOfReaders(writing: Writing, node: Node): boolean {
  const to = writing.dims(node.outputs[0]!);
  const from = writing.dims(node.inputs[0]!);
  if (to.length !== 2 || to[0] !== from[0]) return false;
  const readers = behindRounding(writing, node.outputs[0]!);
  return (
    readers.length > 0 &&
    readers.every(
      ({ node: reader, index }) =>
        (reader.op === 'Gemm' || reader.op === 'MatMul') && index === 0 && writing.stored(reader.inputs[1]!) !== undefined,
    )
  );
}

function behindRounding(writing: Writing, value: string): { node: Node; index: number }[] {
  const { graph } = writing;
  if (graph.isOutput(value)) return [];
  return graph.users(value).flatMap((use) => {
    const passes = use.node.op === 'QuantizeLinear' || use.node.op === 'DequantizeLinear';
    return passes && use.index === 0 ? behindRounding(writing, use.node.outputs[0]!) : [{ node: use.node, index: use.index }];
  });
}

/** Size [1, C, H, W] of the feature map that a flattened value was, when it was left in the order of XIR. */
export function mapBefore(writing: Writing, value: string): number[] | undefined {
  const { graph } = writing;
  let maker = graph.producer(value);
  while (maker && (maker.op === 'QuantizeLinear' || maker.op === 'DequantizeLinear')) maker = graph.producer(maker.inputs[0]!);
  if (!maker || !['Reshape', 'Flatten', 'Squeeze'].includes(maker.op)) return undefined;
  const from = writing.dims(maker.inputs[0]!);
  return isMap(from) && mapOfReaders(writing, maker) ? from : undefined;
}

const constants = (writing: Writing, node: Node, index: number, name: string): number[] | undefined =>
  node.ints(name) ?? writing.graph.constant(node.inputs[index] ?? '')?.toIntegers();

export const slice: OperatorWriter = (writing, node) => {
  const dims = writing.dims(node.inputs[0]!);
  const starts = constants(writing, node, 1, 'starts') ?? writing.refuse(node, 'it slices at places that are computed');
  const ends = constants(writing, node, 2, 'ends') ?? writing.refuse(node, 'it slices at places that are computed');
  const axes = constants(writing, node, 3, 'axes') ?? starts.map((_, i) => i);
  const steps = constants(writing, node, 4, 'steps') ?? starts.map(() => 1);
  const [begin, end, strides] = [dims.map(() => 0), [...dims], dims.map(() => 1)];
  axes.forEach((given, i) => {
    const axis = given < 0 ? given + dims.length : given;
    const clamp = (place: number): number => Math.min(dims[axis]!, Math.max(0, place < 0 ? place + dims[axis]! : place));
    if (steps[i]! < 1) writing.refuse(node, 'it slices backwards, which XIR has no form for');
    [begin[axis], end[axis], strides[axis]] = [clamp(starts[i]!), clamp(ends[i]!), steps[i]!];
  });
  strided(writing, node, node.outputs[0]!, begin, end, strides);
};

export const split: OperatorWriter = (writing, node) => {
  const dims = writing.dims(node.inputs[0]!);
  const axis = (node.int('axis', 0) + dims.length) % dims.length;
  let at = 0;
  for (const output of node.outputs) {
    if (output === '') continue;
    const length = writing.dims(output)[axis]!;
    const begin = dims.map((_, i) => (i === axis ? at : 0));
    const end = dims.map((size, i) => (i === axis ? at + length : size));
    strided(writing, node, output, begin, end, dims.map(() => 1)); // prettier-ignore
    at += length;
  }
};

function strided(
  writing: Writing,
  node: Node,
  output: string,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): void {
  const attributes = { begin: inStoredOrder(begin), end: inStoredOrder(end), strides: inStoredOrder(strides) };
  const inputs = { input: [writing.op(node.inputs[0]!)] };
  const name = node.outputs.length > 1 ? output : node.label;
  writing.made(node, writing.builder.op('strided_slice', name, inputs, storedShape(writing.dims(output)), attributes), output);
}

export const pad: OperatorWriter = (writing, node) => {
  const mode = node.string('mode', 'constant');
  if (mode !== 'constant' && mode !== 'reflect')
    writing.refuse(node, `padding by mode ${mode} has no form in XIR`, 'Pad with zeros or by reflection.');
  const dims = writing.dims(node.inputs[0]!);
  const pads = constants(writing, node, 1, 'pads') ?? writing.refuse(node, 'its pads are computed');
  const axes = writing.graph.constant(node.inputs[3] ?? '')?.toIntegers() ?? dims.map((_, i) => i);
  const byAxis = dims.map((): [number, number] => [0, 0]);
  axes.forEach((axis, i) => (byAxis[(axis + dims.length) % dims.length] = [pads[i]!, pads[i + axes.length]!]));
  if (pads.some((amount) => amount < 0)) writing.refuse(node, 'negative pads have no form in XIR');
  const value = node.attributes.has('value') ? node.float('value', 0) : (writing.graph.constant(node.inputs[2] ?? '')?.toFloat64()[0] ?? 0);
  const paddings = inStoredOrder(byAxis).flat();
  const attributes = { paddings, mode: mode.toUpperCase(), ...(mode === 'constant' ? { constant_values: { reals: [value] } } : {}) };
  const inputs = { input: [writing.op(node.inputs[0]!)] };
  writing.made(node, writing.builder.op('pad', node.label, inputs, storedShape(writing.dims(node.outputs[0]!)), attributes));
};
