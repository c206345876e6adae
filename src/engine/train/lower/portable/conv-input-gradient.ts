import type { LoweringRule, LoweringSite } from '../lowering.ts';
import { product } from './movement.ts';
import { inputGradientByPlaces, placesOf } from './small-pictures.ts';

/**
 * dX [n, I, spatial…] from dY [n, O, …] and W [O, I/g, kernel…]. A point-wise convolution is a matrix product; at stride 1 the convolution of dY with
 * the turned kernel is faster than ConvTranspose, at other strides ConvTranspose is (measured on ONNX Runtime 1.30, docs/decisions/training-graph.md).
 */
export const convInputGradient: LoweringRule = (site) => {
  const shape = site.ints('shape');
  const places = placesOf(site, shape, site.inputShape(0), site.inputShape(1));
  if (places) return [inputGradientByPlaces(site, places)];
  const kernel = site.ints('kernel_shape');
  const strides = site.ints('strides');
  const dilations = site.ints('dilations');
  const pads = site.ints('pads');
  const rank = kernel.length;
  const unit = strides.every((stride) => stride === 1);
  const padded = kernel.map((size, axis) => dilations[axis]! * (size - 1) - pads[axis]!);
  const paddedEnd = kernel.map((size, axis) => dilations[axis]! * (size - 1) - pads[axis + rank]!);
  if (unit && product(kernel) === 1 && pads.every((pad) => pad === 0) && group(site) === 1) return [pointwise(site, shape)];
  if (unit && [...padded, ...paddedEnd].every((pad) => pad >= 0)) return [turnedConv(site, [...padded, ...paddedEnd])];
  return [transposedConv(site)];
};

const group = (site: LoweringSite): number => site.node.int('group', 1);

function pointwise(site: LoweringSite, shape: readonly number[]): string {
  const [n, outputs] = site.inputShape(0) as [number, number];
  const [, inputs] = shape as [number, number];
  const places = product(shape.slice(2));
  const weight = site.transpose(site.reshape(site.input(1), [outputs, inputs]), [1, 0]);
  return site.reshape(site.emit('MatMul', [weight, site.reshape(site.input(0), [n, outputs, places])]), shape);
}

/** Conv of dY with W[O, I/g, k] as [I, O/g, reversed k]. */
function turnedConv(site: LoweringSite, pads: readonly number[]): string {
  const [outputs, perGroup, ...kernel] = site.inputShape(1) as [number, number, ...number[]];
  const groups = group(site);
  const axes = kernel.map((_, axis) => axis);
  const apart = site.reshape(site.input(1), [groups, outputs / groups, perGroup, ...kernel]);
  const swapped = site.transpose(apart, [0, 2, 1, ...axes.map((axis) => axis + 3)]);
  const weight = site.reshape(swapped, [groups * perGroup, outputs / groups, ...kernel]);
  const attributes = { kernel_shape: kernel, pads, dilations: site.ints('dilations'), group: groups };
  return site.emit('Conv', [site.input(0), reversed(site, weight, axes.map((axis) => axis + 2))], attributes); // prettier-ignore
}

function reversed(site: LoweringSite, value: string, axes: readonly number[]): string {
  const shape = site.inputShape(1);
  const turned = axes.filter((axis) => shape[axis] !== 1);
  if (turned.length === 0) return value;
  const list = (entry: number): string => site.indices(turned.map(() => entry));
  return site.emit('Slice', [value, list(-1), list(-Number.MAX_SAFE_INTEGER), site.indices(turned), list(-1)]);
}

/** What no window reaches behind the data becomes output padding. */
function transposedConv(site: LoweringSite): string {
  const kernel = site.ints('kernel_shape');
  const pads = site.ints('pads');
  const ends = pads.slice(kernel.length);
  return site.emit('ConvTranspose', [site.input(0), site.input(1)], {
    kernel_shape: kernel,
    strides: site.ints('strides'),
    dilations: site.ints('dilations'),
    pads: [...pads.slice(0, kernel.length), ...ends.map((end) => Math.max(0, end))],
    output_padding: ends.map((end) => Math.max(0, -end)),
    group: group(site),
  });
}
