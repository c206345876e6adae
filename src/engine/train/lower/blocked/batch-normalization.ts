import type { Node } from '../../../onnx/graph.ts';
import { vector } from './filter.ts';
import { followers } from './followers.ts';
import type { BlockedRule, BlockedSite } from './site.ts';
import { count, sum, sumOfProducts } from './sums.ts';

interface Statistics {
  readonly mean: string;
  readonly variance: string;
  readonly rate: string;
}

/** Mean, variance (E[x²] − mean², not below 0) and 1 / √(variance + ε). Channels beyond the model's are zero and stay so. */
function statistics(site: BlockedSite, input: string, x: string, epsilon: number): Statistics {
  return site.once(`statistics of ${input} with ${epsilon}`, () => {
    const shape = site.forms.blockedShape(input);
    const mean = sum(site, x, shape, 1 / count(shape));
    const square = sumOfProducts(site, x, x, shape, 1 / count(shape));
    const variance = site.emit('Max', [site.emit('Sub', [square, site.emit('Mul', [mean, mean])]), site.number(0)]);
    const rate = site.emit('Reciprocal', [site.emit('Sqrt', [site.emit('Add', [variance, site.number(epsilon)])])]);
    return { mean, variance, rate };
  });
}

const isTraining = (node: Node): boolean => node.int('training_mode', 0) !== 0;

/** Statistics in two passes, then scale and shift in one, with what follows. Frozen: one pass. */
export const batchNormalization: BlockedRule = (site) => {
  const { node } = site;
  const [, channels, ...size] = site.inputShape(0);
  if (size.length !== 2) return false;
  const x = site.blocked(0);
  const epsilon = node.float('epsilon', 1e-5);
  const [gamma, beta] = [1, 2].map((index) => vector(site, site.input(index), channels!)) as [string, string];
  const known = isTraining(node) ? statistics(site, site.input(0), x, epsilon) : frozen(site, channels!, epsilon);
  const a = site.emit('Mul', [gamma, known.rate]);
  const b = site.emit('Sub', [beta, site.emit('Mul', [known.mean, a])]);
  if (isTraining(node)) runningValues(site, known, channels!);
  const { result, fused } = followers(site);
  site.forms.made(result, site.affine(x, site.padded(channels!), a, b, fused));
  // Input and output both live until the backward pass; one pass over the input makes the output again. With a residual, that would have to live too.
  if (fused.sum === undefined) {
    const input = site.input(0);
    site.forms.makeAgain(result, (place) => site.at(place).affine(site.forms.blockedOf(input, place), site.padded(channels!), a, b, fused));
  }
  return true;
};

function frozen(site: BlockedSite, channels: number, epsilon: number): Statistics {
  const [mean, variance] = [3, 4].map((index) => vector(site, site.input(index), channels)) as [string, string];
  const rate = site.emit('Reciprocal', [site.emit('Sqrt', [site.emit('Add', [variance, site.number(epsilon)])])]);
  return { mean, variance, rate };
}

/** The node's further outputs: old · momentum + now · (1 − momentum). */
function runningValues(site: BlockedSite, { mean, variance }: Statistics, channels: number): void {
  const momentum = site.node.float('momentum', 0.9);
  [mean, variance].forEach((now, i) => {
    const output = site.node.outputs[i + 1] ?? '';
    if (output === '') return;
    const cut = site.padded(channels) === channels ? now : site.emit('Slice', [now, site.indices([0]), site.indices([channels])]);
    const old = site.emit('Mul', [site.input(i + 3), site.number(momentum)]);
    site.donePlain(site.emit('Add', [old, site.emit('Mul', [cut, site.number(1 - momentum)])]), i + 1);
  });
}

/**
 * See lower/portable/batch-normalization.ts for the formula: dx = a (dy + k·x + c). Where only a convolution reads dx, the factor a is left to its filter and
 * its weight gradient, which are smaller; else it is one more pass.
 */
export const batchNormalizationGradient: BlockedRule = (site) => {
  const { node, forms } = site;
  const [, channels, ...size] = site.inputShape(1);
  if (size.length !== 2) return false;
  const [dy, x] = [site.blocked(0), site.blocked(1)];
  const shape = forms.blockedShape(site.input(1));
  const padded = site.padded(channels!);
  const { mean, rate } = statistics(site, site.input(1), x, node.float('epsilon', 1e-5));
  const total = sum(site, dy, shape, 1);
  const product = sumOfProducts(site, x, dy, shape, 1);
  const dGamma = site.emit('Mul', [rate, site.emit('Sub', [product, site.emit('Mul', [mean, total])])]);
  const share = site.number(-1 / count(shape));
  const a = site.emit('Mul', [vector(site, site.input(2), channels!), rate]);
  const k = site.emit('Mul', [site.emit('Mul', [rate, dGamma]), share]);
  const c = site.emit('Sub', [site.emit('Mul', [total, share]), site.emit('Mul', [k, mean])]);
  forms.made(node.outputs[0]!, site.affine(x, padded, k, c, { sum: dy }), a);
  const cut = (value: string): string =>
    padded === channels ? value : site.emit('Slice', [value, site.indices([0]), site.indices([channels!])]);
  [dGamma, total].forEach((value, i) => site.donePlain(cut(value), i + 1));
  return true;
};

/** Σ of a blocked picture over pictures and places: the gradient of a bias. */
export const reduceSum: BlockedRule = (site) => {
  const { forms, node } = site;
  const shape = site.inputShape(0);
  const axes = forms.model.graph.constant(site.input(1));
  if (shape.length !== 4 || !forms.isBlocked(site.input(0)) || !axes?.isLoaded || axes.toIntegers().join() !== '0,2,3') return false;
  const { value, factor } = forms.unscaled(site.input(0), node);
  const total = sum(site, value, forms.blockedShape(site.input(0)), 1);
  const scaled = factor === undefined ? total : site.emit('Mul', [total, factor]);
  const channels = shape[1]!;
  const cut = site.padded(channels) === channels ? scaled : site.emit('Slice', [scaled, site.indices([0]), site.indices([channels])]);
  return site.donePlain(node.int('keepdims', 1) === 0 ? cut : site.reshape(cut, [1, channels, 1, 1]));
};
