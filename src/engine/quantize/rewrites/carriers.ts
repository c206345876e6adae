import type { Graph, Node } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import { ownConstant } from './channel-layer.ts';

/** A Clip from zero to `high` of what `input` holds. */
export interface Clipping {
  readonly input: string;
  readonly high: number;
}

/** How a node hands factors of channels on: f(t x) = t f(x) for every positive t. */
export interface Carrier {
  /** Values that carry the same factors: operands and results, each with its channel axis and how many elements a channel is spread over. */
  readonly tied: readonly { readonly value: string; readonly axis: number; readonly block: number }[];
  /** Operand that is a constant for each channel and is scaled too. */
  readonly addend?: number;
  readonly clip?: Clipping;
  /** Also f(x + c) = f(x) + c, as far as the channel stays above zero and below a clip's bound. */
  readonly shiftable: boolean;
}

interface CarrierContext {
  readonly graph: Graph;
  readonly shapes: Shapes;
  /** Known so far, with channel axes. */
  readonly values: ReadonlyMap<string, number>;
  readonly channels: number;
}

/** Handles of the operators that are positively homogeneous in each channel by itself. */
const handles: Readonly<Record<string, (node: Node, context: CarrierContext) => Carrier | undefined>> = {
  Relu: (node, context) => alike(node, context, true),
  LeakyRelu: (node, context) => alike(node, context, false),
  PRelu: (node, context) => (context.graph.constant(node.inputs[1] ?? '') ? alike(node, context, false) : undefined),
  Abs: (node, context) => alike(node, context, false),
  Identity: (node, context) => alike(node, context, true),
  Dropout: (node, context) => (node.outputs[1] ? undefined : alike(node, context, true)),
  Clip: clip,
  MaxPool: (node, context) => (node.outputs[1] ? undefined : windowed(node, context, true)),
  AveragePool: (node, context) => windowed(node, context, isUnpadded(node)),
  LpPool: (node, context) => windowed(node, context, false),
  GlobalAveragePool: (node, context) => windowed(node, context, true),
  GlobalMaxPool: (node, context) => windowed(node, context, true),
  Resize: (node, context) => sameChannels(node, context),
  Upsample: (node, context) => sameChannels(node, context),
  Pad: pad,
  Flatten: flattened,
  Reshape: flattened,
  Squeeze: flattened,
  ReduceMean: reduced,
  Add: sum,
  Sub: sum,
  Sum: sum,
};

/** What the node hands on, of a value that is known; undefined where it would change the result. */
export function carrier(node: Node, context: CarrierContext): Carrier | undefined {
  return node.domain === '' ? handles[node.op]?.(node, context) : undefined;
}

/** Input 0 and output 0 on the same axis, whichever of them is known. */
function alike(node: Node, { values }: CarrierContext, shiftable: boolean): Carrier | undefined {
  const [input, output] = [node.inputs[0]!, node.outputs[0]!];
  const axis = values.get(input) ?? values.get(output);
  if (axis === undefined) return undefined;
  const tied = [input, output].map((value) => ({ value, axis, block: 1 }));
  return { tied, shiftable };
}

function clip(node: Node, context: CarrierContext): Carrier | undefined {
  const bounds = clampBounds(node, context.graph);
  const found = alike(node, context, true);
  if (!bounds || !found || bounds.low !== 0 || !(bounds.high > 0)) return undefined;
  return bounds.high === Infinity ? found : { ...found, clip: { input: node.inputs[0]!, high: bounds.high } };
}

/** Pooling: channels on axis 1. */
function windowed(node: Node, context: CarrierContext, shiftable: boolean): Carrier | undefined {
  const found = alike(node, context, shiftable);
  return found?.tied[0]!.axis === 1 ? found : undefined;
}

const isUnpadded = (node: Node): boolean =>
  ['NOTSET', 'VALID'].includes(node.string('auto_pad', 'NOTSET')) && (node.ints('pads') ?? []).every((value) => value === 0);

/** Operators that move or interpolate along other axes: the channel axis must keep its size, and borders repeat what is there. */
function sameChannels(node: Node, context: CarrierContext): Carrier | undefined {
  const found = alike(node, context, false);
  if (!found) return undefined;
  const { axis } = found.tied[0]!;
  const sizes = found.tied.map(({ value }) => context.shapes.of(value)?.shape?.[axis]);
  if (!sizes.every((size) => size === context.channels)) return undefined;
  // Outside of the picture tf_crop_and_resize puts a constant.
  return node.string('coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize' ? undefined : found;
}

function pad(node: Node, context: CarrierContext): Carrier | undefined {
  if (node.string('mode', 'constant') === 'constant') {
    const value = node.inputs[2] ? context.graph.constant(node.inputs[2])?.toFloat64()[0] : node.float('value', 0);
    if (value !== 0) return undefined;
  }
  return sameChannels(node, context);
}

/** [N, C, …] to [N, C * …], when the shapes show that nothing else happens. */
function flattened(node: Node, { graph, shapes, values, channels }: CarrierContext): Carrier | undefined {
  const [input, output] = [node.inputs[0]!, node.outputs[0]!];
  const [from, to] = [shapes.of(input)?.shape, shapes.of(output)?.shape];
  if (!from || !to || to.length !== 2 || from.length < 2 || from[1] !== channels) return undefined;
  if ((values.get(input) ?? 1) !== 1 || (values.get(output) ?? 1) !== 1) return undefined;
  const rest = from.slice(2);
  if (!rest.every((dim): dim is number => typeof dim === 'number' && dim > 0)) return undefined;
  const block = rest.reduce((a, b) => a * b, 1);
  if (to[1] !== channels * block || (node.op === 'Flatten' && node.int('axis', 1) !== 1)) return undefined;
  // A batch that is no plain 1 or name could have been mixed with the channels.
  if (node.op === 'Reshape' && !keepsBatch(graph, node, from[0])) return undefined;
  return {
    tied: [
      { value: input, axis: 1, block: 1 },
      { value: output, axis: 1, block },
    ],
    shiftable: true,
  };
}

function keepsBatch(graph: Graph, node: Node, batch: unknown): boolean {
  const [first] = graph.constant(node.inputs[1] ?? '')?.toIntegers() ?? [];
  return first === 0 || first === -1 || first === batch || batch === 1;
}

/** The mean over positions. */
function reduced(node: Node, { graph, shapes, values, channels }: CarrierContext): Carrier | undefined {
  const [input, output] = [node.inputs[0]!, node.outputs[0]!];
  const shape = shapes.of(input)?.shape;
  const axis = values.get(input) ?? values.get(output);
  const stored = node.ints('axes') ?? graph.constant(node.inputs[1] ?? '')?.toIntegers();
  if (!shape || axis === undefined || !stored || shape[axis] !== channels) return undefined;
  const axes = new Set(stored.map((at) => (at < 0 ? at + shape.length : at)));
  // Without keepdims the channels must not move: only axes behind them may go.
  if (axes.has(axis) || (node.int('keepdims', 1) === 0 && [...axes].some((at) => at < axis))) return undefined;
  const tied = [input, output].map((value) => ({ value, axis, block: 1 }));
  return { tied, shiftable: true };
}

/** A sum of values with all channels each, or of one with a constant for each channel: a residual connection ties its operands. */
function sum(node: Node, { graph, shapes, values, channels }: CarrierContext): Carrier | undefined {
  const output = node.outputs[0]!;
  const shape = shapes.of(output)?.shape;
  const axis = [...node.inputs, output].map((value) => values.get(value)).find((at) => at !== undefined);
  if (!shape || axis === undefined || shape[axis] !== channels) return undefined;
  const constants = node.inputs.map((_, index) => index).filter((index) => graph.constant(node.inputs[index]!));
  const varying = node.inputs.filter((value) => !graph.constant(value));
  const full = (value: string): boolean => {
    const dims = shapes.of(value)?.shape;
    return dims?.length === shape.length && dims[axis] === channels;
  };
  if (!varying.every(full) || constants.length > 1) return undefined;
  const tied = [...varying, output].map((value) => ({ value, axis, block: 1 }));
  const [index] = constants;
  if (index === undefined) return { tied, shiftable: false };
  const tensor = ownConstant(graph, node, index);
  const place = axis - shape.length + (tensor?.dims.length ?? 0);
  if (!tensor || tensor.size !== channels || tensor.dims[place] !== channels) return undefined;
  return { tied, addend: index, shiftable: node.op !== 'Sub' || index === 1 };
}
