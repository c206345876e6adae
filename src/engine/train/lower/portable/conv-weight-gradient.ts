import { Tensor } from '../../../onnx/tensor.ts';
import type { LoweringRule, LoweringSite } from '../lowering.ts';
import { moved, product } from './movement.ts';
import { placesOf, weightGradientByPlaces } from './small-pictures.ts';

/**
 * dW [O, I/g, kernel…] from dY [n, O, …] and X [n, I, …], the fastest way for the shape: two to four times as fast as a product for each place
 * of the kernel, and more where pictures are small (measured on ONNX Runtime 1.30, docs/decisions/training-graph.md).
 */
export const convWeightGradient: LoweringRule = (site) => {
  const shape = site.ints('shape');
  const isPointwise =
    product(shape.slice(2)) === 1 && site.ints('strides').every((stride) => stride === 1) && site.ints('pads').every((pad) => pad === 0);
  if (isPointwise && site.node.int('group', 1) === 1) return [pointwise(site, shape)];
  const places = placesOf(site, site.inputShape(1), site.inputShape(0), shape);
  if (places?.kind === 'depthwise') return [weightGradientByPlaces(site, places)];
  // Along the last axis, where channels lie between its elements, a dilated kernel would read all elements between its places.
  return [site.ints('dilations').at(-1) === 1 ? folded(site, shape) : byOffsets(site, shape)];
};

/** One product a picture, summed over pictures; the side with fewer channels is the one that is turned. */
function pointwise(site: LoweringSite, shape: readonly number[]): string {
  const [outputs, inputs] = shape as [number, number];
  const [n, , ...size] = site.inputShape(0) as [number, number, ...number[]];
  const flat = (index: number, channels: number): string => site.reshape(site.input(index), [n, channels, product(size)]);
  const [dy, x] = [flat(0, outputs), flat(1, inputs)];
  const turned = (value: string): string => site.transpose(value, [0, 2, 1]);
  const parts = inputs <= outputs ? site.emit('MatMul', [dy, turned(x)]) : site.emit('MatMul', [x, turned(dy)]);
  const sum = site.emit('ReduceSum', [parts, site.indices([0])], { keepdims: 0 });
  return site.reshape(inputs <= outputs ? sum : site.transpose(sum, [1, 0]), shape);
}

/** How a batch is cut up for the convolution of `folded`: n = groups · contraction · lanes pictures. */
interface Cut {
  /** Sums apart, added in the end. */
  readonly groups: number;
  /** Pictures that one sum goes over. */
  readonly contraction: number;
  /** Pictures beside each other as channels are, whose products with one another are thrown away: without them, few channels fill no register. */
  readonly lanes: number;
}

/** Elements that one sum goes over: fewer make too many sums to add, more lie a power of two apart in memory too often. */
const leastElements = 1024;
const leastChannels = 4;

function cutOf(n: number, places: number, channels: number, groups: number): Cut {
  const divisors = Array.from({ length: n }, (_, i) => i + 1).filter((count) => n % count === 0);
  if (groups > 1) {
    const lanes = divisors.findLast((count) => count * channels <= leastChannels) ?? 1;
    return { groups: n / lanes, contraction: 1, lanes };
  }
  const contraction = divisors.find((count) => count * places >= leastElements) ?? n;
  return { groups: n / contraction, contraction, lanes: 1 };
}

/**
 * One convolution that has pictures as channels: X with the channels behind the last axis, [pictures, …, width · I], under dY as a filter over whole pictures whose
 * taps are I apart in the last axis. Its result has one place for each place of the kernel and channel, [O, kernel…, I]: the convolution gathers the windows
 * in parts that stay in the cache, while Slice or Transpose would write each element once for every place of the kernel.
 */
function folded(site: LoweringSite, shape: readonly number[]): string {
  const [outputs, perGroup, ...kernel] = shape as [number, number, ...number[]];
  const group = site.node.int('group', 1);
  const each = outputs / group;
  const [n, , ...out] = site.inputShape(0) as [number, number, ...number[]];
  const size = site.inputShape(1).slice(2);
  const { groups, contraction, lanes } = cutOf(n, product(out), perGroup, group);
  const fold = lanes * perGroup;
  const last = kernel.length - 1;
  const wide = (values: readonly number[]): number[] => values.map((value, axis) => (axis === last ? value * fold : value));

  const x = moved(site, site.input(1), [groups, contraction, lanes, group, perGroup, product(size)], [0, 3, 1, 5, 2, 4]);
  const filter = moved(site, site.input(0), [groups, contraction, lanes, group, each, product(out)], [0, 3, 2, 4, 1, 5]);
  const pads = site.ints('pads');
  const [begins, ends] = [pads.slice(0, kernel.length), pads.slice(kernel.length).map((end) => Math.max(0, end))];
  const result = site.emit(
    'Conv',
    [
      site.reshape(x, [1, groups * group * contraction, ...wide(size)]),
      site.reshape(filter, [groups * group * lanes * each, contraction, ...out]),
    ],
    {
      kernel_shape: out,
      strides: site.ints('dilations'),
      dilations: wide(site.ints('strides')),
      pads: [...wide(begins), ...wide(ends)],
      group: groups * group,
    },
  );
  // Elements that no window reaches give places behind the kernel's.
  const found = size.map((_, axis) => {
    const reach = size[axis]! + begins[axis]! + ends[axis]! - (out[axis]! - 1) * site.ints('strides')[axis]!;
    return Math.floor((reach - 1) / site.ints('dilations')[axis]!) + 1;
  });
  const whole = site.reshape(result, [groups, group * lanes * each, ...found, fold]);
  const summed = groups === 1 ? whole : site.emit('ReduceSum', [whole, site.indices([0])], { keepdims: 1 });
  const kept = firstOf(site, summed, found, kernel);
  const [places, own] = [
    product(kernel),
    lanes === 1 ? kept : sameLane(site, kept, [group, lanes, each, product(kernel), lanes, perGroup]),
  ];
  return site.reshape(moved(site, own, [outputs, places, perGroup], [0, 2, 1]), shape);
}

function firstOf(site: LoweringSite, value: string, found: readonly number[], kernel: readonly number[]): string {
  const axes = kernel.flatMap((size, axis) => (size === found[axis] ? [] : [axis]));
  if (axes.length === 0) return value;
  const ends = axes.map((axis) => kernel[axis]!);
  return site.emit('Slice', [value, site.indices(axes.map(() => 0)), site.indices(ends), site.indices(axes.map((axis) => axis + 2))]);
}

/** Sum over the products of each lane with itself: [group, lanes, O/g, places, lanes, I/g] → [O, places, I/g]. */
function sameLane(site: LoweringSite, value: string, dims: readonly [number, number, number, number, number, number]): string {
  const lanes = dims[1];
  const diagonal = Float32Array.from({ length: lanes * lanes }, (_, i) => (i % (lanes + 1) === 0 ? 1 : 0));
  const mask = site.store(Tensor.float32([1, lanes, 1, 1, lanes, 1], diagonal));
  return site.emit('ReduceSum', [site.emit('Mul', [site.reshape(value, dims), mask]), site.indices([1, 4])], { keepdims: 0 });
}

/** For each place of the kernel the elements of X under it, as a product with dY over places, summed over pictures. */
function byOffsets(site: LoweringSite, shape: readonly number[]): string {
  const [outputs, perGroup, ...kernel] = shape as [number, number, ...number[]];
  const groups = site.node.int('group', 1);
  const [n, , ...out] = site.inputShape(0) as [number, number, ...number[]];
  const data = paddedInput(site, out);
  const places = product(out);
  const dy = site.reshape(site.input(0), [n, groups, outputs / groups, places]);
  const parts = offsets(kernel).map((offset) => {
    const window = site.reshape(windowAt(site, data, offset, out), [n, groups, perGroup, places]);
    const sum = site.emit('ReduceSum', [site.emit('MatMul', [dy, site.transpose(window, [0, 1, 3, 2])]), site.indices([0])], {
      keepdims: 0,
    });
    return site.reshape(sum, [outputs, perGroup, 1]);
  });
  return site.reshape(site.emit('Concat', parts, { axis: 2 }), shape);
}

/** X with the zeros around it that windows reach; behind the data as many as the last window needs. */
function paddedInput(site: LoweringSite, out: readonly number[]): string {
  const pads = site.ints('pads');
  const rank = out.length;
  const ends = pads.slice(rank).map((end) => Math.max(0, end));
  const begins = pads.slice(0, rank);
  if ([...begins, ...ends].every((pad) => pad === 0)) return site.input(1);
  return site.emit('Pad', [site.input(1), site.indices([0, 0, ...begins, 0, 0, ...ends]), site.number(0)]);
}

/** Places of a kernel, last axis fastest. */
const offsets = (kernel: readonly number[]): number[][] =>
  kernel.reduce<number[][]>((all, size) => all.flatMap((place) => Array.from({ length: size }, (_, k) => [...place, k])), [[]]);

/** Under one place of the kernel: every stride-th element from there on, as many as there are windows. */
function windowAt(site: LoweringSite, data: string, offset: readonly number[], out: readonly number[]): string {
  const [strides, dilations] = [site.ints('strides'), site.ints('dilations')];
  const starts = offset.map((place, axis) => place * dilations[axis]!);
  const ends = starts.map((start, axis) => start + (out[axis]! - 1) * strides[axis]! + 1);
  const axes = offset.map((_, axis) => axis + 2);
  return site.emit('Slice', [data, site.indices(starts), site.indices(ends), site.indices(axes), site.indices([...strides])]);
}
