import { floatAttribute } from '../../../onnx/graph.ts';
import { Tensor } from '../../../onnx/tensor.ts';
import type { LoweringRule, LoweringSite } from '../lowering.ts';

/** Mean, variance (E[x²] − mean², not below 0) and 1 / √(variance + ε) of each channel, [C]. */
const statistics = (site: LoweringSite, x: string, epsilon: number): Statistics =>
  site.once(`statistics of ${x} with ${epsilon}`, () => newStatistics(site, x, epsilon));

interface Statistics {
  readonly mean: string;
  readonly variance: string;
  readonly rate: string;
  /** Elements of each channel. */
  readonly count: number;
}

function newStatistics(site: LoweringSite, x: string, epsilon: number): Statistics {
  const shape = site.shapeOf(x);
  const channels = shape[1]!;
  const count = shape.reduce((product, dim) => product * dim, 1) / channels;
  const mean = overChannel(site, x, 1 / count);
  const square = overChannelOfProduct(site, x, x, 1 / count);
  const variance = site.emit('Max', [site.emit('Sub', [square, site.emit('Mul', [mean, mean])]), site.number(0)]);
  const rate = site.emit('Reciprocal', [site.emit('Sqrt', [site.emit('Add', [variance, site.number(epsilon)])])]);
  return { mean, variance, rate, count };
}

const scaled = (site: LoweringSite, value: string, by: number): string => (by === 1 ? value : site.emit('Mul', [value, site.number(by)]));

/** Σ over pictures and places, times a factor: [C]. First over the places, which lie side by side, in parallel threads; both axes at once take twice as long. */
function overChannel(site: LoweringSite, value: string, factor: number): string {
  const [n, channels, ...size] = site.inputShape(0) as [number, number, ...number[]];
  const flat = site.reshape(value, [n, channels, size.reduce((product, dim) => product * dim, 1)]);
  const sums = site.emit('ReduceSum', [flat, site.indices([2])], { keepdims: 0 });
  return scaled(site, site.emit('ReduceSum', [sums, site.indices([0])], { keepdims: 0 }), factor);
}

/** Σ a·b of each channel times a factor, [C]. */
const overChannelOfProduct = (site: LoweringSite, a: string, b: string, factor: number): string =>
  overChannel(site, site.emit('Mul', [a, b]), factor);

/** a·x + b for each channel as one operator: BatchNormalization with mean 0, variance 1 and ε 0. */
function affine(site: LoweringSite, x: string, a: string, b: string): string {
  const channels = site.inputShape(0)[1]!;
  const zeros = site.store(Tensor.float32([channels], new Float32Array(channels)));
  const ones = site.store(Tensor.float32([channels], new Float32Array(channels).fill(1)));
  return site.emit('BatchNormalization', [x, a, b, zeros, ones], { epsilon: floatAttribute(0) });
}

/** Training mode as statistics and an affine function; ONNX Runtime's own kernel for it is slower. Frozen nodes stay. */
export const batchNormalization: LoweringRule = (site) => {
  const { node } = site;
  if (node.int('training_mode', 0) === 0) return node.outputs;
  const { mean, variance, rate } = statistics(site, site.input(0), node.float('epsilon', 1e-5));
  const a = site.emit('Mul', [site.input(1), rate]);
  const y = affine(site, site.input(0), a, site.emit('Sub', [site.input(2), site.emit('Mul', [mean, a])]));
  const momentum = node.float('momentum', 0.9);
  const running = (old: string, now: string): string =>
    site.emit('Add', [site.emit('Mul', [old, site.number(momentum)]), site.emit('Mul', [now, site.number(1 - momentum)])]);
  return [y, ...[[site.input(3), mean] as const, [site.input(4), variance] as const].slice(0, node.outputs.length - 1).map(([old, now]) => running(old, now))]; // prettier-ignore
};

/**
 * With S1 = Σ dy, S2 = Σ dy·x and M elements a channel: dγ = rate (S2 − mean·S1), dβ = S1,
 * dx = γ·rate (dy − S1/M − x̂·dγ/M) (Ioffe and Szegedy 2015, section 3). Inputs: gradient, input, scale.
 */
export const batchNormalizationGradient: LoweringRule = (site) => {
  const [dy, x, gamma] = [site.input(0), site.input(1), site.input(2)];
  const { mean, rate, count } = statistics(site, x, site.node.float('epsilon', 1e-5));
  const sum = overChannel(site, dy, 1);
  const product = overChannelOfProduct(site, dy, x, 1);
  const dGamma = site.emit('Mul', [rate, site.emit('Sub', [product, site.emit('Mul', [mean, sum])])]);
  // dx = a·dy + k·x + c with a = γ·rate, k = −a·rate·dγ/M, c = −a·S1/M − k·mean
  const a = site.emit('Mul', [gamma, rate]);
  const k = scaled(site, site.emit('Mul', [site.emit('Mul', [a, rate]), dGamma]), -1 / count);
  const c = site.emit('Sub', [scaled(site, site.emit('Mul', [a, sum]), -1 / count), site.emit('Mul', [k, mean])]);
  const zeros = site.store(Tensor.float32([site.inputShape(0)[1]!], new Float32Array(site.inputShape(0)[1]!)));
  const dx = site.emit('Add', [affine(site, dy, a, zeros), affine(site, x, k, c)]);
  return [dx, dGamma, sum];
};
