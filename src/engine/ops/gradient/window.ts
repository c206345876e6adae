import { padBegin, windowOf } from '../shape/window.ts';
import { multiply, reshape, scaled } from './arithmetic.ts';
import { unsupported } from './movement.ts';
import { type Backward, type GradientRule, gradientDomain } from './rule.ts';

/** A window's attributes written out, whatever auto_pad says. */
export interface WindowAttributes {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /**
   * All begins, then all ends. An end is what the last window needs behind the data: below zero where no window reaches the last elements, and above
   * the node's own pads where ceil_mode lets a window reach further.
   */
  readonly pads: readonly number[];
}

/** Windows of a node that slides from `input` to `output`, both sizes of the spatial axes. */
export function windowAttributes(
  b: Backward,
  kernel: readonly number[],
  input: readonly number[],
  output: readonly number[],
): WindowAttributes {
  const window = windowOf(b.node, kernel, kernel.length);
  const begins = kernel.map((_, axis) => padBegin(window, input[axis]!, axis));
  const { strides, dilations } = window;
  return { kernel_shape: kernel, strides, dilations, pads: [...begins, ...endPads(kernel, strides, dilations, begins, input, output)] };
}

/** (output − 1) · stride + extent − input − begin on each axis. */
const endPads = (
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  begins: readonly number[],
  input: readonly number[],
  output: readonly number[],
): number[] =>
  kernel.map((size, axis) => (output[axis]! - 1) * strides[axis]! + dilations[axis]! * (size - 1) + 1 - input[axis]! - begins[axis]!);

const spatial = (shape: readonly number[]): readonly number[] => shape.slice(2);

/** Σ over pictures and places: the gradient of a bias of one value a channel. */
export function overChannels(b: Backward, value: string, rank: number): string {
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  return b.emit('ReduceSum', [value, b.indices(axes)], { keepdims: 0 });
}

/**
 * Y = X * W + bias. dX is the transposed convolution of dY, dW the correlation of X with dY: operators of their own, because the fastest way depends
 * on shape and lowering. Inputs: gradient and weight; gradient and input. `shape`: of the result.
 */
const conv: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const [x, w] = [b.inputShape(0), b.inputShape(1)];
  const attributes = { ...windowAttributes(b, spatial(w), spatial(x), spatial(b.outputShape())), group: b.node.int('group', 1) };
  return [
    b.wants(0) ? b.emit('ConvInputGradient', [dy, b.input(1)], { ...attributes, shape: x }, gradientDomain) : undefined,
    b.wants(1) ? b.emit('ConvWeightGradient', [dy, b.input(0)], { ...attributes, shape: w }, gradientDomain) : undefined,
    b.input(2) !== '' && b.wants(2) ? overChannels(b, dy, x.length) : undefined,
  ];
};

/** The transposed convolution is a convolution's gradient by its input: its own gradients are that convolution and its gradient by the weights. */
const convTranspose: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const [x, w, y] = [b.inputShape(0), b.inputShape(1), b.outputShape()];
  const kernel = spatial(w);
  const { strides, dilations } = windowOf(b.node, kernel, kernel.length);
  const begins = transposedBegins(b, kernel, spatial(x), spatial(y));
  const ends = endPads(kernel, strides, dilations, begins, spatial(y), spatial(x));
  const attributes = { kernel_shape: kernel, strides, dilations, group: b.node.int('group', 1) };
  // Output padding is fewer elements than a stride: no window begins there.
  const pads = [...begins, ...ends.map((end) => Math.max(0, end))];
  return [
    b.wants(0) ? b.emit('Conv', [dy, b.input(1)], { ...attributes, pads }) : undefined,
    b.wants(1)
      ? b.emit('ConvWeightGradient', [b.input(0), dy], { ...attributes, pads: [...begins, ...ends], shape: w }, gradientDomain)
      : undefined,
    b.input(2) !== '' && b.wants(2) ? overChannels(b, dy, y.length) : undefined,
  ];
};

/** Where padding begins: the attribute, or what `output_shape` and SAME leave, split as ONNX ConvTranspose says. */
function transposedBegins(b: Backward, kernel: readonly number[], x: readonly number[], y: readonly number[]): number[] {
  const window = windowOf(b.node, kernel, kernel.length);
  const outputPadding = b.node.ints('output_padding') ?? kernel.map(() => 0);
  const declared = (b.node.ints('output_shape') ?? []).length > 0;
  if (!declared && window.autoPad === 'NOTSET') return [...window.padsBegin];
  if (!declared && window.autoPad === 'VALID') return kernel.map(() => 0);
  return kernel.map((size, axis) => {
    const covered = window.strides[axis]! * (x[axis]! - 1) + outputPadding[axis]! + (size - 1) * window.dilations[axis]! + 1;
    const total = Math.max(0, covered - y[axis]!);
    return window.autoPad === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2);
  });
}

const poolWindow = (b: Backward): WindowAttributes =>
  windowAttributes(b, b.node.ints('kernel_shape') ?? [], spatial(b.inputShape(0)), spatial(b.outputShape()));

/** As many elements as each window has: of the data, or of data and pads (but not beyond them, where ceil_mode reaches further). */
function windowCounts(b: Backward, { kernel_shape, strides, dilations, pads }: WindowAttributes): number[][] {
  const input = spatial(b.inputShape(0));
  const rank = kernel_shape.length;
  const withPads = b.node.int('count_include_pad', 0) !== 0;
  const declaredEnds = b.node.ints('pads')?.slice(rank) ?? pads.slice(rank);
  return kernel_shape.map((size, axis) =>
    Array.from({ length: spatial(b.outputShape())[axis]! }, (_, place) => {
      const start = place * strides[axis]! - pads[axis]!;
      const [low, high] = withPads ? [-pads[axis]!, input[axis]! + declaredEnds[axis]!] : [0, input[axis]!];
      return Array.from({ length: size }, (_, k) => start + k * dilations[axis]!).filter((at) => at >= low && at < high).length;
    }),
  );
}

/** A depthwise transposed convolution with ones, of the gradient divided by the size of each window. */
const averagePool: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const attributes = poolWindow(b);
  const channels = b.inputShape(0)[1]!;
  const counts = windowCounts(b, attributes);
  const even = counts.every((axis) => axis.every((count) => count === axis[0]));
  const divided = even ? scaled(b, dy, 1 / counts.reduce((product, axis) => product * axis[0]!, 1)) : dividedBy(b, dy, counts);
  const ones = b.emit('Expand', [b.number(1), b.indices([channels, 1, ...attributes.kernel_shape])]);
  return [b.emit('ConvInputGradient', [divided, ones], { ...attributes, group: channels, shape: b.inputShape(0) }, gradientDomain)];
};

const dividedBy = (b: Backward, value: string, counts: readonly (readonly number[])[]): string =>
  counts.reduce((result, axis, i) => {
    const factor = reshape(
      b,
      b.matrix(1, axis.length, (_, place) => 1 / axis[place]!),
      [axis.length, ...counts.slice(i + 1).map(() => 1)],
    );
    return multiply(b, result, factor);
  }, value);

/** Each window's gradient goes to its largest element (equal ones share it, or the first takes it: the lowering says). */
const maxPool: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  if (b.node.int('storage_order', 0) !== 0) throw unsupported(b, 'storage_order 1');
  return [
    b.emit('MaxPoolGradient', [dy, b.input(0), b.output()], { ...poolWindow(b), ceil_mode: b.node.int('ceil_mode', 0) }, gradientDomain),
  ];
};

const spread = (b: Backward, value: string): string => b.emit('Expand', [value, b.indices(b.inputShape(0))]);

const globalAveragePool: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const count = spatial(b.inputShape(0)).reduce((product, dim) => product * dim, 1);
  return [spread(b, scaled(b, dy, 1 / count))];
};

const globalMaxPool: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const won = b.emit('Cast', [b.emit('Equal', [b.input(0), b.output()])], { to: 1 });
  const axes = b.indices(b.inputShape(0).map((_, axis) => axis).slice(2)); // prettier-ignore
  const winners = b.emit('ReduceSum', [won, axes], { keepdims: 1 });
  return [multiply(b, won, b.emit('Div', [dy, winners]))];
};

export const windowGradients: Readonly<Record<string, GradientRule>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  AveragePool: averagePool,
  MaxPool: maxPool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
};
