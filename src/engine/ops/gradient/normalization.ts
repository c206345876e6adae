import { floatAttribute } from '../../onnx/graph.ts';
import { divide, multiply, reshape, scaled, shifted, subtract } from './arithmetic.ts';
import { type Backward, type GradientRule, gradientDomain } from './rule.ts';

/**
 * Frozen statistics: an affine function of each channel. In training mode mean and variance depend on the data too: an operator of its own
 * (Ioffe and Szegedy 2015, section 3), with outputs dX, dScale, dBias.
 */
const batchNormalization: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const epsilon = b.node.float('epsilon', 1e-5);
  if (b.node.int('training_mode', 0) !== 0) {
    const attributes = { epsilon: floatAttribute(epsilon) };
    return b.emitSeveral('BatchNormalizationGradient', [dy, b.input(0), b.input(1)], 3, attributes, gradientDomain);
  }
  const rank = b.inputShape(0).length;
  const channels = b.inputShape(1)[0]!;
  const spread = (value: string): string => reshape(b, value, [channels, ...Array<number>(Math.max(0, rank - 2)).fill(1)]);
  const deviation = b.emit('Sqrt', [shifted(b, b.input(4), epsilon)]);
  const overChannel = (value: string): string =>
    b.emit('ReduceSum', [value, b.indices(b.inputShape(0).flatMap((_, axis) => (axis === 1 ? [] : [axis])))], { keepdims: 0 });
  const normalized = (): string => divide(b, subtract(b, b.input(0), spread(b.input(3))), spread(deviation));
  return [
    b.wants(0) ? multiply(b, dy, spread(divide(b, b.input(1), deviation))) : undefined,
    b.wants(1) ? overChannel(multiply(b, dy, normalized())) : undefined,
    b.wants(2) ? overChannel(dy) : undefined,
  ];
};

/** How a normalization divides its data: statistics over `axes` of the data in the shape `view`. */
interface Grouping {
  readonly view: readonly number[];
  readonly axes: readonly number[];
  /** Whether the mean is taken off (not by RMSNormalization). */
  readonly centred: boolean;
  readonly epsilon: number;
}

/**
 * x̂ = (x − mean) / √(var + ε), y = x̂·γ + β. With g = dy·γ: dx = (g − mean g − x̂ · mean(g·x̂)) / √(var + ε), the means over each group
 * (Ba, Kiros and Hinton 2016). Without centring the middle term is absent.
 */
function normalized(b: Backward, { view, axes, centred, epsilon }: Grouping, g: string): { dx: string; hat: string } {
  const mean = (value: string): string => b.emit('ReduceMean', [value, b.indices(axes)], { keepdims: 1 });
  const x = reshape(b, b.input(0), view);
  const rest = centred ? subtract(b, x, mean(x)) : x;
  const rate = b.emit('Reciprocal', [b.emit('Sqrt', [shifted(b, mean(multiply(b, rest, rest)), epsilon)])]);
  const hat = multiply(b, rest, rate);
  const grouped = reshape(b, g, view);
  const inner = subtract(b, centred ? subtract(b, grouped, mean(grouped)) : grouped, multiply(b, hat, mean(multiply(b, grouped, hat))));
  const shape = b.inputShape(0);
  return { dx: reshape(b, multiply(b, inner, rate), shape), hat: reshape(b, hat, shape) };
}

/** γ and β stand for the elements of `axes` of the data: their gradients are sums over all others. */
function scaledBy(b: Backward, grouping: Grouping, axes: readonly number[], bias: boolean): readonly (string | undefined)[] {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const shape = b.inputShape(0);
  const spread = shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  const others = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const gamma = reshape(b, b.input(1), spread);
  const { dx, hat } = normalized(b, grouping, multiply(b, dy, gamma));
  const collected = (value: string, index: number): string =>
    reshape(b, others.length ? b.emit('ReduceSum', [value, b.indices(others)], { keepdims: 1 }) : value, b.inputShape(index));
  return [
    dx,
    b.wants(1) ? collected(multiply(b, dy, hat), 1) : undefined,
    bias && b.input(2) !== '' && b.wants(2) ? collected(dy, 2) : undefined,
  ];
}

const axesFrom = (first: number, rank: number): number[] => Array.from({ length: rank - first }, (_, i) => first + i);

const overLast =
  (centred: boolean): GradientRule =>
  (b) => {
    const view = b.inputShape(0);
    const axis = b.node.int('axis', -1);
    const axes = axesFrom(axis < 0 ? axis + view.length : axis, view.length);
    return scaledBy(b, { view, axes, centred, epsilon: b.node.float('epsilon', 1e-5) }, axes, centred);
  };

const instanceNormalization: GradientRule = (b) => {
  const view = b.inputShape(0);
  return scaledBy(b, { view, axes: axesFrom(2, view.length), centred: true, epsilon: b.node.float('epsilon', 1e-5) }, [1], true);
};

/** One scale a channel from opset 21 on (before: one a group, which upgrading rewrites). */
const groupNormalization: GradientRule = (b) => {
  const [n, channels, ...rest] = b.inputShape(0) as [number, number, ...number[]];
  const groups = b.node.int('num_groups', 1);
  const view = [n, groups, (channels / groups) * rest.reduce((product, dim) => product * dim, 1)];
  return scaledBy(b, { view, axes: [2], centred: true, epsilon: b.node.float('epsilon', 1e-5) }, [1], true);
};

/** y = x · s^−β with s = k + α/n · Σ x² over n neighbouring channels: dx = dy·s^−β − 2αβ/n · x · Σ dy·y/s (Krizhevsky 2012, section 3.3). */
const lrn: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const [alpha, beta, bias, size] = [
    b.node.float('alpha', 1e-4),
    b.node.float('beta', 0.75),
    b.node.float('bias', 1),
    b.node.int('size', 1),
  ];
  const shape = b.inputShape(0);
  const [n, channels] = shape as [number, number];
  const places = shape.slice(2).reduce((product, dim) => product * dim, 1);
  /** Mean over the neighbours, the same number everywhere: a window over the axis of channels. `mirror` for the neighbours that see this one. */
  const overNeighbours = (value: string, mirror: boolean): string => {
    const [left, right] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
    const [begin, end] = mirror ? [right, left] : [left, right];
    const picture = reshape(b, value, [n, 1, channels, places]);
    const window = { kernel_shape: [size, 1], strides: [1, 1], pads: [begin, 0, end, 0], count_include_pad: 1 };
    return reshape(b, b.emit('AveragePool', [picture], window), shape);
  };
  const x = b.input(0);
  const s = shifted(b, scaled(b, overNeighbours(multiply(b, x, x), false), alpha), bias);
  const direct = multiply(b, dy, b.emit('Pow', [s, b.number(-beta)]));
  const shared = overNeighbours(divide(b, multiply(b, dy, b.output()), s), true);
  return [subtract(b, direct, multiply(b, x, scaled(b, shared, 2 * alpha * beta)))];
};

/** x / ‖x‖ₚ along an axis, p = 1 or 2. */
const lpNormalization: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const axes = b.indices([b.node.int('axis', -1)]);
  const [x, y] = [b.input(0), b.output()];
  const first = b.node.int('p', 2) === 1;
  const norm = b.emit(first ? 'ReduceL1' : 'ReduceL2', [x, axes], { keepdims: 1 });
  const along = b.emit('ReduceSum', [multiply(b, dy, y), axes], { keepdims: 1 });
  const direction = first ? b.emit('Sign', [x]) : y;
  return [divide(b, subtract(b, dy, multiply(b, direction, along)), norm)];
};

export const normalizationGradients: Readonly<Record<string, GradientRule>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: overLast(true),
  RMSNormalization: overLast(false),
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LRN: lrn,
  LpNormalization: lpNormalization,
};
