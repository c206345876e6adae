import { describe, expect, it } from 'vitest';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { float16ToNumber } from '../../../src/engine/onnx/tensor.ts';
import { float16Bits, floatTensor } from '../../../src/engine/simplify/numbers.ts';

describe('narrow floats', () => {
  it('every float16 comes back as it was', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = float16ToNumber(bits);
      if (!Number.isNaN(value)) expect(float16Bits(value)).toBe(bits);
    }
  });

  it('what lies between two float16 goes to the nearer one, in the middle to the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits += 37) {
      const [low, high] = [float16ToNumber(bits), float16ToNumber(bits + 1)];
      expect(float16Bits(low + (high - low) * 0.49)).toBe(bits);
      expect(float16Bits(low + (high - low) * 0.51)).toBe(bits + 1);
      expect(float16Bits((low + high) / 2)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(float16Bits(-(low + high) / 2)).toBe(0x8000 | (bits % 2 === 0 ? bits : bits + 1));
    }
    expect([float16Bits(65519), float16Bits(65520), float16Bits(-1e9), float16Bits(NaN)]).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7e00]);
  });

  it('bfloat16 rounds to nearest even', () => {
    const values = [1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -7, 3.4e38, Infinity];
    expect([...floatTensor(DataType.bfloat16, [6], values)!.toFloat64()]).toEqual([1, 1, 1 + 2 ** -6, -1 - 2 ** -7, Infinity, Infinity]);
  });
});
