import { Tensor } from '../../../onnx/tensor.ts';
import { padBegin, windowOf } from '../../../ops/shape/window.ts';
import type { LoweringRule, LoweringSite } from '../lowering.ts';
import { moved, product } from './movement.ts';

/**
 * A depthwise convolution of small pictures, written as one matrix for each channel: y[c] = x[c] · T[c] over pictures, where T holds each weight wherever an element of
 * the result reads an element of the picture through it. ONNX Runtime's general convolution does so little work a channel there that it takes two (8×8) to fifteen times
 * (4×4) as long.
 */
interface Places {
  readonly n: number;
  readonly channels: number;
  /** Sizes of input and result. */
  readonly size: readonly number[];
  readonly out: readonly number[];
  readonly kernel: readonly number[];
  /** For each place of the kernel, pairs of an element of the input and of the result that meet there. */
  readonly pairs: readonly (readonly (readonly [from: number, to: number])[])[];
}

/** Elements of one T: larger ones have mostly zeros to multiply. */
const mostElements = 64 * 64;
/** Fewer pictures do not pay for building T. */
const leastPictures = 8;

/** undefined where another way is as fast. The site's node has a convolution's window attributes. */
export function placesOf(site: LoweringSite, x: readonly number[], y: readonly number[], weight: readonly number[]): Places | undefined {
  const [n, channels, ...size] = x as [number, number, ...number[]];
  const [out, kernel] = [y.slice(2), weight.slice(2)];
  const isDepthwise = weight[1] === 1 && weight[0] === channels && site.node.int('group', 1) === channels && channels > 1;
  if (!isDepthwise || product(kernel) === 1 || n < leastPictures || product(size) * product(out) > mostElements) return undefined;
  const window = windowOf(site.node, kernel, kernel.length);
  const begins = kernel.map((_, axis) => padBegin(window, size[axis]!, axis));
  const { strides, dilations } = window;
  const pairs = places(kernel).map((tap) =>
    places(out).flatMap((to, index) => {
      const from = to.map((place, axis) => place * strides[axis]! + tap[axis]! * dilations[axis]! - begins[axis]!);
      const isInside = from.every((place, axis) => place >= 0 && place < size[axis]!);
      return isInside ? [[from.reduce((flat, place, axis) => flat * size[axis]! + place, 0), index] as const] : [];
    }),
  );
  return { n, channels, size, out, kernel, pairs };
}

/** All places of a grid, last axis fastest. */
const places = (size: readonly number[]): number[][] =>
  size.reduce<number[][]>((all, length) => all.flatMap((place) => Array.from({ length }, (_, k) => [...place, k])), [[]]);

/** [C, input, result], or [C, result, input]: weights times a constant of ones where they belong. */
function matrices(site: LoweringSite, weight: string, { channels, size, out, kernel, pairs }: Places, turned: boolean): string {
  const [rows, columns] = turned ? [product(out), product(size)] : [product(size), product(out)];
  const spread = new Float32Array(pairs.length * rows * columns);
  pairs.forEach((each, tap) => {
    for (const [from, to] of each) spread[tap * rows * columns + (turned ? to * columns + from : from * columns + to)] = 1;
  });
  const flat = site.reshape(weight, [channels, product(kernel)]);
  const constant = site.store(Tensor.float32([pairs.length, rows * columns], spread));
  return site.reshape(site.emit('MatMul', [flat, constant]), [channels, rows, columns]);
}

/** [n, C, places] as [C, n, places]. */
const channelsFirst = (site: LoweringSite, value: string, n: number, channels: number, elements: number): string =>
  site.reshape(moved(site, value, [n, channels, elements], [1, 0, 2]), [channels, n, elements]);

function back(site: LoweringSite, value: string, { n, channels }: Places, size: readonly number[]): string {
  return site.reshape(moved(site, value, [channels, n, product(size)], [1, 0, 2]), [n, channels, ...size]);
}

/** Forward; other convolutions stay. */
export const conv: LoweringRule = (site) => {
  const { node } = site;
  const weight = site.inputShape(1);
  const at = placesOf(site, site.inputShape(0), site.shapeOf(node.outputs[0]!), weight);
  if (!at) return node.outputs;
  const x = channelsFirst(site, site.input(0), at.n, at.channels, product(at.size));
  const y = site.emit('MatMul', [x, matrices(site, site.input(1), at, false)]);
  const biased = site.input(2) === '' ? y : site.emit('Add', [y, site.reshape(site.input(2), [at.channels, 1, 1])]);
  return [back(site, biased, at, at.out)];
};

/** dX = dY · Tᵀ. */
export function inputGradientByPlaces(site: LoweringSite, at: Places): string {
  const dy = channelsFirst(site, site.input(0), at.n, at.channels, product(at.out));
  return back(site, site.emit('MatMul', [dy, matrices(site, site.input(1), at, true)]), at, at.size);
}

/** dT = Xᵀ · dY, and each weight's gradient is the sum over its places in T. Inputs: dY, X. */
export function weightGradientByPlaces(site: LoweringSite, at: Places): string {
  const { n, channels, size, out, kernel, pairs } = at;
  const dy = channelsFirst(site, site.input(0), n, channels, product(out));
  const x = site.reshape(moved(site, site.input(1), [n, channels, product(size)], [1, 2, 0]), [channels, product(size), n]);
  const all = site.reshape(site.emit('MatMul', [x, dy]), [channels, product(size) * product(out)]);
  const gather = new Float32Array(product(size) * product(out) * pairs.length);
  pairs.forEach((each, tap) => {
    for (const [from, to] of each) gather[(from * product(out) + to) * pairs.length + tap] = 1;
  });
  const constant = site.store(Tensor.float32([product(size) * product(out), pairs.length], gather));
  return site.reshape(site.emit('MatMul', [all, constant]), [channels, 1, ...kernel]);
}
