import { elements, type Evaluate, type Operands } from './operator.ts';

/** A shape parted at an axis: what stands before it, its length, what stands behind it. */
function partedAt(shape: readonly number[], axis: number): { outer: number; length: number; inner: number } {
  const at = axis < 0 ? axis + shape.length : axis;
  return { outer: elements(shape.slice(0, at)), length: shape[at]!, inner: elements(shape.slice(at + 1)) };
}

/** Greatest value subtracted, exponentials and their sum in float32, one after another. */
export const softmax: Evaluate = ({ one, attributes }) => {
  const { shape, data } = one('input');
  const { outer, length, inner } = partedAt(shape, attributes.integer('axis'));
  const out = new Float32Array(data.length);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const at = (k: number): number => (o * length + k) * inner + i;
      let greatest = -Infinity;
      for (let k = 0; k < length; k++) greatest = Math.max(greatest, data[at(k)]!);
      let sum = 0;
      for (let k = 0; k < length; k++) {
        out[at(k)] = Math.exp(Math.fround(data[at(k)]! - greatest));
        sum = Math.fround(sum + out[at(k)]!);
      }
      for (let k = 0; k < length; k++) out[at(k)] = out[at(k)]! / sum;
    }
  return out;
};

/** m / 2^s nearest to 1 / length, as the DPU divides: the first s of those below the bits that the length needs and 7 more. */
export function divisor(length: number): { multiplier: number; shift: number } {
  let [multiplier, shift, best] = [0, 0, 1];
  const exact = Math.fround(1 / length);
  for (let s = 0; s < Math.ceil(Math.log2(length * 128)); s++) {
    const m = Math.floor(2 ** s / length + 0.5);
    const difference = Math.abs(m / 2 ** s - exact);
    if (difference < best) [best, multiplier, shift] = [Math.fround(difference), m, s];
  }
  return { multiplier, shift };
}

/** Sums in float32, one axis after another, and one product of all axes' divisors: not the plain mean. */
export const reduceMean: Evaluate = ({ one, attributes }) => {
  let { shape, data } = one('input');
  let [multiplier, scale] = [1, 1];
  for (const axis of attributes.integers('axis')) {
    const { outer, length, inner } = partedAt(shape, axis);
    const by = divisor(length);
    multiplier *= by.multiplier;
    scale *= 2 ** by.shift;
    const sums = new Float32Array(outer * inner);
    for (let o = 0; o < outer; o++)
      for (let k = 0; k < length; k++) for (let i = 0; i < inner; i++) sums[o * inner + i]! += data[(o * length + k) * inner + i]!;
    data = sums;
    shape = shape.map((size, at) => (at === (axis < 0 ? axis + shape.length : axis) ? 1 : size));
  }
  return data.map((sum) => sum * (multiplier / scale));
};

/** One axis after another, in float32. Not compared with the vendor's: no recorded graph has them. */
const reducedBy =
  (start: number, f: (a: number, b: number) => number): Evaluate =>
  ({ one, attributes }) => {
    let { shape, data } = one('input');
    for (const axis of attributes.integers('axis')) {
      const { outer, length, inner } = partedAt(shape, axis);
      const results = new Float32Array(outer * inner).fill(start);
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < length; k++)
          for (let i = 0; i < inner; i++) results[o * inner + i] = f(results[o * inner + i]!, data[(o * length + k) * inner + i]!);
      data = results;
      shape = shape.map((size, at) => (at === (axis < 0 ? axis + shape.length : axis) ? 1 : size));
    }
    return data;
  };

export const reduceMax = reducedBy(-Infinity, Math.max);
export const reduceSum = reducedBy(0, (a, b) => a + b);

export const concat: Evaluate = ({ all, attributes, shape }) => joined(all('input'), partedAt(shape, attributes.integer('axis')), shape);

/** As `concat`, on an axis that the operands do not have. */
export const stack: Evaluate = ({ all, attributes, shape }) => joined(all('input'), partedAt(shape, attributes.integer('axis')), shape);

function joined(parts: ReturnType<Operands['all']>, { outer }: { outer: number }, shape: readonly number[]): Float32Array {
  const out = new Float32Array(elements(shape));
  let at = 0;
  for (let o = 0; o < outer; o++)
    for (const { data } of parts) {
      const length = data.length / outer;
      out.set(data.subarray(o * length, (o + 1) * length), at);
      at += length;
    }
  return out;
}
