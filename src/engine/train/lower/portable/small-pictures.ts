import { Tensor } from '../../../onnx/tensor.ts';
import { padBegin, windowOf } from '../../../ops/shape/window.ts';
import type { LoweringRule, LoweringSite } from '../lowering.ts';
import { moved, product } from './movement.ts';

/**
 * A convolution of small pictures, written as a product with a matrix T that holds each weight wherever an element of the result reads an element of the picture through it.
 * Depthwise, one T for each channel: y[c] = x[c] · T[c] over pictures; ONNX Runtime's general convolution does so little work a channel there that it takes
 * two (8×8) to fifteen times (4×4) as long. Dense, one T for all channels: pictures of four elements fill a quarter of a register, and it takes four times as long.
 */
interface Places {
  readonly kind: 'depthwise' | 'dense';
  readonly n: number;
  /** Channels of input and result. */
  readonly inputs: number;
  readonly outputs: number;
  /** Sizes of input and result. */
  readonly size: readonly number[];
  readonly out: readonly number[];
  readonly kernel: readonly number[];
  /** For each place of the kernel, pairs of an element of the input and of the result that meet there. */
  readonly pairs: readonly (readonly (readonly [from: number, to: number])[])[];
}

/** Elements of T a pair of channels: larger ones have mostly zeros to multiply. Fewer pictures do not pay for building T. */
const limits = { depthwise: { most: 64 * 64, leastPictures: 8 }, dense: { most: 4 * 4, leastPictures: 32 } } as const;

/** undefined where another way is as fast. The site's node has a convolution's window attributes. */
export function placesOf(site: LoweringSite, x: readonly number[], y: readonly number[], weight: readonly number[]): Places | undefined {
  const [n, inputs, ...size] = x as [number, number, ...number[]];
  const [outputs, perGroup, ...kernel] = weight as [number, number, ...number[]];
  const out = y.slice(2);
  const kind = perGroup === inputs ? 'dense' : perGroup === 1 && outputs === inputs ? 'depthwise' : undefined;
  if (!kind || product(kernel) === 1) return undefined;
  const { most, leastPictures } = limits[kind];
  if (n < leastPictures || product(size) * product(out) > most) return undefined;
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
  return { kind, n, inputs, outputs, size, out, kernel, pairs };
}

/** All places of a grid, last axis fastest. */
const places = (size: readonly number[]): number[][] =>
  size.reduce<number[][]>((all, length) => all.flatMap((place) => Array.from({ length }, (_, k) => [...place, k])), [[]]);

/**
 * Weights times a constant of ones where they belong. Depthwise [C, input, result], or turned [C, result, input]; dense [I · input, O · result] or [O · result, I · input].
 */
function matrices(site: LoweringSite, weight: string, at: Places, turned: boolean): string {
  const { kind, inputs, outputs, size, out, pairs } = at;
  const [from, to] = [product(size), product(out)];
  const [rows, columns] = turned ? [to, from] : [from, to];
  const ones = new Float32Array(pairs.length * rows * columns);
  pairs.forEach((each, tap) => {
    for (const [a, b] of each) ones[tap * rows * columns + (turned ? b * columns + a : a * columns + b)] = 1;
  });
  const constant = site.store(Tensor.float32([pairs.length, rows * columns], ones));
  const channels = kind === 'dense' ? outputs * inputs : outputs;
  const spread = site.emit('MatMul', [site.reshape(weight, [channels, pairs.length]), constant]);
  if (kind === 'depthwise') return site.reshape(spread, [channels, rows, columns]);
  const ordered = moved(site, spread, [outputs, inputs, rows, columns], turned ? [0, 2, 1, 3] : [1, 2, 0, 3]);
  return site.reshape(ordered, turned ? [outputs * rows, inputs * columns] : [inputs * rows, outputs * columns]);
}

/** [n, C, elements] as rows of T's product: depthwise [C, n, elements], dense [n, C · elements]. */
function asRows(site: LoweringSite, value: string, { kind, n }: Places, channels: number, elements: number): string {
  if (kind === 'dense') return site.reshape(value, [n, channels * elements]);
  return site.reshape(moved(site, value, [n, channels, elements], [1, 0, 2]), [channels, n, elements]);
}

function asPictures(site: LoweringSite, rows: string, { kind, n }: Places, channels: number, size: readonly number[]): string {
  const ordered = kind === 'dense' ? rows : moved(site, rows, [channels, n, product(size)], [1, 0, 2]);
  return site.reshape(ordered, [n, channels, ...size]);
}

/** Forward; other convolutions stay. */
export const conv: LoweringRule = (site) => {
  const { node } = site;
  const at = placesOf(site, site.inputShape(0), site.shapeOf(node.outputs[0]!), site.inputShape(1));
  if (!at) return node.outputs;
  const rows = asRows(site, site.input(0), at, at.inputs, product(at.size));
  const y = asPictures(site, site.emit('MatMul', [rows, matrices(site, site.input(1), at, false)]), at, at.outputs, at.out);
  if (site.input(2) === '') return [y];
  return [site.emit('Add', [y, site.reshape(site.input(2), [at.outputs, ...at.out.map(() => 1)])])];
};

/** dX = dY · Tᵀ. */
export function inputGradientByPlaces(site: LoweringSite, at: Places): string {
  const rows = asRows(site, site.input(0), at, at.outputs, product(at.out));
  return asPictures(site, site.emit('MatMul', [rows, matrices(site, site.input(1), at, true)]), at, at.inputs, at.size);
}

/** Depthwise: dT = Xᵀ · dY, and each weight's gradient is the sum over its places in T. Inputs: dY, X. */
export function weightGradientByPlaces(site: LoweringSite, at: Places): string {
  const { n, outputs, size, out, kernel, pairs } = at;
  const [from, to] = [product(size), product(out)];
  const dy = asRows(site, site.input(0), at, outputs, to);
  const x = site.reshape(moved(site, site.input(1), [n, outputs, from], [1, 2, 0]), [outputs, from, n]);
  const all = site.reshape(site.emit('MatMul', [x, dy]), [outputs, from * to]);
  const ones = new Float32Array(from * to * pairs.length);
  pairs.forEach((each, tap) => {
    for (const [a, b] of each) ones[(a * to + b) * pairs.length + tap] = 1;
  });
  const constant = site.store(Tensor.float32([from * to, pairs.length], ones));
  return site.reshape(site.emit('MatMul', [all, constant]), [outputs, 1, ...kernel]);
}
