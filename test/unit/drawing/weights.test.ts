import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Reading } from '../../../src/engine/drawing/weights/chunks.ts';
import { GrowingBins } from '../../../src/engine/drawing/weights/bins.ts';
import { kernelGrid, kernelValues } from '../../../src/engine/drawing/weights/kernels.ts';
import { besideOriginal, roundedTo } from '../../../src/engine/drawing/weights/rounded.ts';
import type { Quantization, StoredWeights } from '../../../src/engine/drawing/weights/stored.ts';
import { summarizeWeights } from '../../../src/engine/drawing/weights/summary.ts';
import { DataType, dataTypeBits, type DataTypeName } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

const reading = (signal = new AbortController().signal): Reading => ({ signal, progress: () => undefined, pause: async () => undefined });

/** Random bytes as a tensor: every pattern a type has occurs, NaN and infinity among them. */
function randomTensor(type: DataTypeName, dims: readonly number[], seed: number, inFile: boolean): Tensor {
  const size = dims.reduce((a, b) => a * b, 1);
  const bytes = new Uint8Array(Math.ceil((size * dataTypeBits(DataType[type])!) / 8));
  let state = seed + 1;
  for (let i = 0; i < bytes.length; i++) bytes[i] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  if (!inFile) return new Tensor(DataType[type], dims, { kind: 'bytes', bytes });
  const file = path.join(folder, `${type}-${seed}-${size}.bin`);
  writeFileSync(file, Buffer.concat([Buffer.alloc(13), bytes, Buffer.alloc(3)]));
  return new Tensor(DataType[type], dims, { kind: 'file', path: file, offset: 13, length: bytes.length, external: true });
}

const types: DataTypeName[] = [
  'float32', 'float64', 'float16', 'bfloat16', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'int64', 'bool', 'int4', 'uint4', 'int2', 'uint2',
  'float8e4m3fn', 'float8e5m2', 'float4e2m1', 'float6e2m3',
]; // prettier-ignore

/** The same figures with all elements at hand. */
function bruteForce(values: readonly number[], channelOf: (i: number) => number, channels: number) {
  const finite = values.filter(Number.isFinite);
  const mean = finite.reduce((a, b) => a + b, 0) / finite.length;
  const of = (channel: number): number[] => values.filter((value, i) => Number.isFinite(value) && channelOf(i) === channel);
  return {
    nan: values.filter(Number.isNaN).length,
    infinite: values.filter((value) => Math.abs(value) === Infinity).length,
    zeros: values.filter((value) => value === 0).length,
    low: Math.min(...finite),
    high: Math.max(...finite),
    mean,
    deviation: Math.sqrt(finite.reduce((a, b) => a + (b - mean) ** 2, 0) / finite.length),
    lows: Array.from({ length: channels }, (_, channel) => (of(channel).length ? Math.min(...of(channel)) : 0)),
    highs: Array.from({ length: channels }, (_, channel) => (of(channel).length ? Math.max(...of(channel)) : 0)),
  };
}

describe('looks into stored tensors', () => {
  it.each(types)('of %s have the figures that all elements at once have', async (type) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(1000),
        fc.boolean(),
        fc.nat(1),
        async (a, b, seed, inFile, axis) => {
          const dims = [a, b, 3];
          const tensor = randomTensor(type, dims, seed, inFile);
          // A zero may have a sign: it does not matter here.
          const all = Array.from(randomTensor(type, dims, seed, false).toFloat64(), (value) => value + 0);
          const channelOf = (i: number): number => (axis === 0 ? Math.floor(i / (b * 3)) : Math.floor(i / 3) % b);
          const expected = bruteForce(all, channelOf, dims[axis]!);
          const found = await summarizeWeights({ tensor, axis }, reading());
          expect([found.nan, found.infinite, found.zeros]).toEqual([expected.nan, expected.infinite, expected.zeros]);
          if (expected.nan + expected.infinite === all.length) return expect(found.low).toBeNull();
          expect([found.low! + 0, found.high! + 0]).toEqual([expected.low, expected.high]);
          // Doubles of random bits span 600 decades: their squares overflow in any way of summing.
          if (type !== 'float64') {
            expect(Math.abs(found.mean! - expected.mean)).toBeLessThanOrEqual(
              1e-9 * (expected.high - expected.low + Math.abs(expected.mean)),
            );
            expect(Math.abs(found.deviation! - expected.deviation)).toBeLessThanOrEqual(1e-6 * expected.deviation + 1e-12);
          }
          if (dims[axis]! > 1) {
            const unsigned = (values: readonly number[]): number[] => values.map((value) => value + 0);
            expect([found.channels!.low, found.channels!.high].map(unsigned)).toEqual([expected.lows, expected.highs]);
          }
          expect(found.histogram.counts.reduce((x, y) => x + y, 0)).toBe(all.length - expected.nan - expected.infinite);
          if (type === 'float64') return;
          expect(found.histogram.low).toBeLessThanOrEqual(expected.low);
          expect(found.histogram.high).toBeGreaterThanOrEqual(expected.high);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('of files longer than a slice are the same as of bytes', async () => {
    const dims = [3, 40_000];
    const [stored, atHand] = [true, false].map((inFile) => randomTensor('int4', dims, 7, inFile)) as [Tensor, Tensor];
    expect(await summarizeWeights({ tensor: stored, axis: 0 }, reading())).toEqual(
      await summarizeWeights({ tensor: atHand, axis: 0 }, reading()),
    );
  });

  it('end when nobody wants them any more', async () => {
    const controller = new AbortController();
    const tensor = randomTensor('float32', [100_000], 1, true);
    const done = summarizeWeights({ tensor }, { ...reading(controller.signal), progress: () => controller.abort(new Error('enough')) });
    await expect(done).rejects.toThrow('enough');
  });

  it('say it when the file has become shorter', async () => {
    const tensor = randomTensor('float32', [1000], 3, true);
    const { source } = tensor as { source: { path: string } };
    writeFileSync(source.path, Buffer.alloc(100));
    await expect(summarizeWeights({ tensor }, reading())).rejects.toThrow('shorter');
  });
});

describe('quantized tensors', () => {
  const codes = (values: readonly number[], dims: readonly number[]): Tensor => Tensor.of(DataType.int8, dims, Int8Array.from(values));
  const by = (scale: readonly number[], zeroPoint: readonly number[], more: Partial<Quantization> = {}): Quantization => ({
    scale: Float64Array.from(scale),
    zeroPoint: Float64Array.from(zeroPoint),
    ...more,
  });

  it('are seen as the numbers that their integers stand for', async () => {
    const tensor = codes([1, 2, 3, 4, 5, 6], [2, 3]);
    const rows = await kernelValues(
      { tensor, quantization: by([10, 100], [0, 1], { axis: 0 }), axis: 0 },
      { firstRow: 0, firstCell: 0 },
      reading(),
    );
    expect(rows.values).toEqual([10, 20, 30, 300, 400, 500]);
    const columns = { tensor, quantization: by([1, 10, 100], [0, 0, 0], { axis: 1 }), axis: 1 };
    expect((await kernelValues(columns, { firstRow: 0, firstCell: 0 }, reading())).values).toEqual([1, 20, 300, 4, 50, 600]);
    const blocks = { tensor, quantization: by([1, 10, 100, 1000], [0, 0, 0, 0], { axis: 1, block: 2 }), axis: 1 };
    expect((await kernelValues(blocks, { firstRow: 0, firstCell: 0 }, reading())).values).toEqual([1, 2, 30, 400, 500, 6000]);
  });

  it('have bins as fine as their numbers, whatever the scales', async () => {
    const tensor = codes([-100, -50, 0, 50, 100, 127], [2, 3]);
    const { histogram, codes: integers } = await summarizeWeights(
      { tensor, quantization: by([0.001, 0.002], [0, 0], { axis: 0 }), axis: 0 },
      reading(),
    );
    expect(histogram.counts.length).toBeGreaterThan(50);
    expect(integers!.counts.reduce((a, b) => a + b, 0)).toBe(6);
  });

  it('stand beside the floats they were made from, with what was cut off', async () => {
    const float = Tensor.float32([2, 3], [0.1, 0.2, 9, -1, -2, 3]);
    const tensor = codes([1, 2, 127, -10, -20, 30], [2, 3]);
    const quantized: StoredWeights = { tensor, quantization: by([0.05, 0.1], [0, 0], { axis: 0 }), axis: 0 };
    const found = await besideOriginal(quantized, { tensor: float, axis: 0 }, reading());
    expect(found.clipped).toBe(1);
    expect(found.channelClipped).toEqual([1, 0]);
    const now = [0.05, 0.1, 6.35, -1, -2, 3];
    const noise = [0, 1, 2].reduce((sum, i) => sum + (float.toFloat64()[i]! - now[i]!) ** 2, 0);
    expect(found.channelSqnr[0]).toBeCloseTo(10 * Math.log10((0.01 + 0.04 + 81) / noise), 4);
    expect(found.channelSqnr[1]).toBeNull();
    expect(found.range).toEqual([-12.8, 12.7].map((edge) => expect.closeTo(edge, 9) as number));
    await expect(besideOriginal(quantized, { tensor: Tensor.float32([6], new Array(6).fill(0)) }, reading())).rejects.toThrow(
      'another shape',
    );
  });
});

describe('rounding for a look', () => {
  it('is what rounding element by element gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 8 }),
        fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 6, maxLength: 6 }),
        async (bits, values) => {
          // Below, a scale would be no normal float32 any more.
          const tensor = Tensor.float32(
            [2, 3],
            values.map((value) => (Math.abs(value) < 1e-30 ? 0 : value)),
          );
          const steps = 2 ** (bits - 1) - 1;
          const noise = [0, 1].map((channel) => {
            const row = [...tensor.toFloat64()].slice(channel * 3, channel * 3 + 3);
            const scale = Math.fround(Math.max(...row.map(Math.abs)) / steps);
            return row.reduce((sum, value) => sum + (scale ? value - Math.round(value / scale) * scale : value) ** 2, 0);
          });
          const found = await roundedTo({ tensor, axis: 0 }, bits, reading());
          const signal = [...tensor.toFloat64()].reduce((sum, value) => sum + value * value, 0);
          const total = noise[0]! + noise[1]!;
          if (total === 0) expect(found.sqnr).toBeNull();
          else expect(found.sqnr).toBeCloseTo(10 * Math.log10(signal / total), 6);
          expect(found.clipped).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('bins that grow', () => {
  it('count every number once, whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.constantFrom(undefined, 0.1, 3),
        (values, unit) => {
          const bins = new GrowingBins(unit);
          for (const value of values) bins.add(value);
          const { low, high, counts } = bins.counts();
          expect(counts.reduce((a, b) => a + b, 0)).toBe(values.length);
          expect(counts.length).toBeLessThanOrEqual(192);
          const step = (high - low) / counts.length;
          counts.forEach((count, i) => {
            const inside = values.filter((value) => value >= low + (i - 1e-3) * step && value <= low + (i + 1 + 1e-3) * step).length;
            expect(count).toBeLessThanOrEqual(inside);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('bins of the largest doubles', () => {
  it('have ends that are numbers', () => {
    const bins = new GrowingBins();
    for (const value of [-Number.MAX_VALUE, 1, Number.MAX_VALUE]) bins.add(value);
    const { low, high, counts } = bins.counts();
    expect(Number.isFinite(high - low)).toBe(true);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(3);
  });
});

describe('pictures of kernels', () => {
  it('see tensors of any rank as rows of cells', () => {
    expect(kernelGrid([8, 4, 3, 5])).toEqual({ rows: 8, cells: 4, height: 3, width: 5 });
    expect(kernelGrid([10, 20])).toEqual({ rows: 10, cells: 20, height: 1, width: 1 });
    expect(kernelGrid([7])).toEqual({ rows: 1, cells: 7, height: 1, width: 1 });
    expect(kernelGrid([])).toEqual({ rows: 1, cells: 1, height: 1, width: 1 });
    expect(kernelGrid([2, 3, 100, 100])).toEqual({ rows: 2, cells: 30_000, height: 1, width: 1 });
  });

  it('are stretches of the tensor, wherever they begin', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(400), fc.nat(400), fc.boolean(), async (firstRow, firstCell, inFile) => {
        const dims = [300, 200, 2, 3];
        const tensor = randomTensor('uint4', dims, 5, inFile);
        const found = await kernelValues({ tensor }, { firstRow, firstCell }, reading());
        expect(found.firstRow + found.shownRows).toBeLessThanOrEqual(300);
        expect(found.values.length).toBe(found.shownRows * found.shownCells * 6);
        const all = randomTensor('uint4', dims, 5, false).toFloat64();
        const expected = Array.from({ length: found.shownRows }, (_, row) => {
          const start = ((found.firstRow + row) * 200 + found.firstCell) * 6;
          return [...all.subarray(start, start + found.shownCells * 6)];
        }).flat();
        expect(found.values).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });
});
