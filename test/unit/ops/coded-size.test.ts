import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { codedSize } from '../../../src/engine/ops/measure/coded-size.ts';

/** Shannon's sum over a map of counts. */
function entropyOf(values: readonly number[]): { bits: number; distinct: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const bits = [...counts.values()].reduce((sum, count) => sum - count * Math.log2(count / values.length), 0);
  return { bits, distinct: counts.size };
}

describe('the coded size of a tensor', () => {
  it('is Shannon’s bound and the codebook, where few numbers stand often', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 200, maxLength: 400 }), (indices) => {
        const codebook = [0, 0.5, -0.25, 3, -7, 1.1];
        const values = indices.map((i) => codebook[i]!);
        const { bits, distinct } = entropyOf(values);
        const found = codedSize(Tensor.float32([values.length], values));
        expect(found.distinct).toBe(distinct);
        expect(found.dense).toBe(4 * values.length);
        expect(found.entropy).toBe(Math.ceil(bits / 8 + 4 * distinct));
        expect(found.codebook).toBe(4 * distinct);
      }),
    );
  });

  it('tells of a sparse tensor where the zeros are, and each byte of the rest', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? Math.sin(i + 1) : 0));
    const { entropy, codebook, distinct } = codedSize(Tensor.float32([1000], values));
    const places = 1000 * (-0.1 * Math.log2(0.1) - 0.9 * Math.log2(0.9));
    const bytes = new Uint8Array(Float32Array.from(values.filter((value) => value !== 0)).buffer);
    const planes = [0, 1, 2, 3].map((plane) => entropyOf(Array.from(bytes).filter((_, i) => i % 4 === plane)).bits);
    expect(entropy).toBe(Math.ceil((places + 32 + planes.reduce((a, b) => a + b, 0)) / 8));
    expect([codebook, distinct]).toEqual([0, 101]);
  });

  it('is never more than the tensor, and nothing for none', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 50 }), (values) => {
        const { entropy, dense } = codedSize(Tensor.float32([values.length], values));
        expect(entropy).toBeLessThanOrEqual(dense);
      }),
    );
    expect(codedSize(Tensor.float32([0], []))).toEqual({ dense: 0, entropy: 0, codebook: 0, distinct: 0 });
  });

  it('reads integers of any width', () => {
    const nibbles = Tensor.of(DataType.uint4, [5], Uint8Array.of(0x21, 0x11, 0x02));
    expect(codedSize(nibbles)).toMatchObject({ dense: 3, distinct: 2 });
    expect(codedSize(Tensor.of(DataType.int8, [4], Int8Array.of(-1, -1, 3, 3)))).toMatchObject({ dense: 4, distinct: 2, entropy: 2 });
    expect(codedSize(Tensor.of(DataType.uint16, [3], Uint16Array.of(7, 7, 7)))).toMatchObject({ dense: 6, distinct: 1, entropy: 2 });
    expect(codedSize(Tensor.int64([3], [7, 7, 7]))).toMatchObject({ dense: 24, distinct: 1, entropy: 8 });
  });
});
