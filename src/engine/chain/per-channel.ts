import { LatheError } from '../base/errors.ts';
import { cloneModel } from '../onnx/clone.ts';
import { attributes, Node, type Dim, type Graph, type Model, type ValueInfo } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { inferShapes } from '../ops/infer.ts';
import { formatShape } from '../ops/shape/dims.ts';
import type { SeamPicture } from './seam.ts';

type Layout = 'nchw' | 'nhwc';
const turned = { nchw: [0, 2, 3, 1], nhwc: [0, 3, 1, 2] };

const channelAxis = (layout: Layout): number => (layout === 'nchw' ? 1 : 3);

/** The shape of a picture with so many channels. */
export function withChannels(shape: readonly Dim[], layout: Layout, channels: Dim): Dim[] {
  return shape.map((dim, at) => (at === channelAxis(layout) ? channels : dim));
}

/**
 * The channels of a picture as a batch of pictures of one channel: a model for gray pictures then sees red, green and blue apart, with the
 * same weights. Returns the value of the planes.
 */
export function addPlanes(graph: Graph, prefix: string, { value, layout }: SeamPicture): string {
  const channelsFirst = layout === 'nhwc' ? transposed(graph, `${prefix}/Transpose`, value, 'nhwc') : value;
  const planes = reshaped(graph, `${prefix}/Planes`, channelsFirst, [-1, 1, 0, 0]);
  return layout === 'nhwc' ? transposed(graph, `${prefix}/Transpose_1`, planes, 'nchw') : planes;
}

/**
 * What a model made of the planes of a picture, side by side again as the value `name`: `channels` times what it gives for one. Returns its
 * shape. Throws `chain.per-channel`.
 */
export function addJoined(
  graph: Graph,
  prefix: string,
  value: string,
  { shape, layout, channels, name }: { shape: readonly Dim[]; layout: Layout; channels: number; name: string },
): Dim[] {
  const isPicture = shape.length === 4;
  const axis = isPicture ? channelAxis(layout) : 1;
  const own = shape[axis];
  if (typeof own !== 'number')
    throw perChannelError(
      prefix,
      `its output has the shape ${formatShape(shape)}, of which it is not known how the channels lie side by side`,
    );
  const turns = isPicture && layout === 'nhwc';
  const first = turns ? transposed(graph, `${prefix}/Transpose`, value, 'nhwc') : value;
  const dims = [-1, own * channels, ...shape.slice(2).map(() => 0)];
  const joined = reshaped(graph, `${prefix}/Channels`, first, dims, turns ? undefined : name);
  if (turns) transposed(graph, `${prefix}/Transpose_1`, joined, 'nchw', name);
  return shape.map((dim, at) => (at === axis ? own * channels : at === 0 && typeof dim === 'number' ? dim / channels : dim));
}

/** A copy of the model that takes the planes of its pictures; where it takes a fixed batch, so many times more. Throws `chain.per-channel`. */
export function ofPlanes(model: Model, prefix: string, layout: Layout, channels: number): Model {
  const copy = cloneModel(model);
  const shapes = inferShapes(copy);
  for (const { name } of copy.graph.inputs) {
    const shape = shapes.of(name)?.shape ?? [];
    if (shape.length !== 4 || shape[channelAxis(layout)] !== 1)
      throw perChannelError(prefix, `its input ${JSON.stringify(name)} takes ${formatShape(shape)}, no pictures of one channel`);
  }
  const fixed = copy.graph.inputs.map((info) => firstDim(info)).filter((dim) => typeof dim === 'number');
  if (fixed.length === 0) return copy;
  copy.graph.inputs = copy.graph.inputs.map((info) => times(info, channels));
  copy.graph.outputs = copy.graph.outputs.map(({ name, type }) =>
    type?.kind === 'tensor' ? { name, type: { kind: 'tensor', elementType: type.elementType } } : { name, type },
  );
  copy.graph.valueInfo.clear();
  const wanted = fixed[0]! * channels;
  const after = inferShapes(copy);
  for (const { name } of copy.graph.outputs)
    if (after.of(name)?.shape?.[0] !== wanted)
      throw perChannelError(
        prefix,
        `it takes batches of ${fixed[0]} only, and the channels of a picture are ${channels}`,
        'Export it with a free batch.',
      );
  return copy;
}

const firstDim = ({ type }: ValueInfo): Dim | undefined => (type?.kind === 'tensor' ? type.shape?.[0] : undefined);

function times({ name, type }: ValueInfo, factor: number): ValueInfo {
  if (type?.kind !== 'tensor' || !type.shape || typeof type.shape[0] !== 'number') return { name, type };
  return { name, type: { ...type, shape: [type.shape[0] * factor, ...type.shape.slice(1)] } };
}

function reshaped(graph: Graph, name: string, value: string, dims: readonly number[], output = `${name}/output`): string {
  graph.initializers.set(`${name}/shape`, Tensor.int64([dims.length], dims));
  graph.add(new Node(name, 'Reshape', [value, `${name}/shape`], [output]));
  return output;
}

function transposed(graph: Graph, name: string, value: string, from: Layout, output = `${name}/output`): string {
  graph.add(new Node(name, 'Transpose', [value], [output], attributes({ perm: turned[from] })));
  return output;
}

/** Throws `chain.per-channel`. */
export const perChannelError = (place: string, message: string, hint?: string): LatheError =>
  new LatheError('chain.per-channel', `${place}: \`per-channel\`: ${message}`, hint === undefined ? {} : { hint });
