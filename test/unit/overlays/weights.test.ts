import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { FileRanges } from '../../../src/engine/onnx/file-ranges.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { tensorSlices } from '../../../src/engine/onnx/tensor-slices.ts';
import { measureWeights } from '../../../src/engine/overlays/weights/measure.ts';
import { quantizeWeights, weightSqnr } from '../../../src/engine/quantize/weights.ts';
import { buildModel } from '../../support/model-builder.ts';
import { weights } from '../quantize/support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function scanned(model: Model): Promise<Model> {
  const file = path.join(folder, 'm.onnx');
  writeFileSync(file, encodeModel(model));
  return scanModel(file);
}

const conv = (w: Tensor, nodes: Parameters<typeof buildModel>[0]['nodes'] = [['Conv', ['x', 'w'], ['y'], { kernel_shape: [3, 3] }]]) =>
  buildModel({
    opset: 21,
    irVersion: 10,
    inputs: [{ name: 'x', shape: [1, 16, 8, 8] }],
    outputs: ['y'],
    initializers: { w, scale: Tensor.float32([], [0.1]), zero: Tensor.of(DataType.uint8, [], new Uint8Array([7])) },
    nodes,
  });
const measure = async (model: Model) =>
  new Map((await measureWeights(await scanned(model), plainContext())).map((view) => [view.id, view]));

describe('figures of weights', () => {
  const random = weights('w', [32, 16, 3, 3]);

  it.each([8, 4] as const)('have the rounding error of the quantizer at %i bits, from the largest weight of each channel', async (bits) => {
    const views = await measure(conv(random));
    const oracle = quantizeWeights(random.toFloat64(), random.dims, { type: DataType.int8, bits, symmetric: true, axis: 0, range: 'max' });
    expect(views.get(`weight-error/${bits}`)!.values).toEqual([[0, expect.closeTo(weightSqnr(oracle)!, 6)]]);
    expect(views.get(`weight-error/${bits}`)).toMatchObject({ unit: 'dB', better: 'high', thresholds: [10, 20, 30, 40] });
  });

  it('count zeros and channels of nothing else', async () => {
    const values = random.toFloat32().slice();
    const each = 16 * 9;
    values.fill(0, 3 * each, 5 * each); // channels 3 and 4
    values.fill(0, 0, 10);
    const views = await measure(conv(Tensor.float32([32, 16, 3, 3], values)));
    expect(views.get('sparsity')!.values).toEqual([[0, (100 * (2 * each + 10)) / (32 * each)]]);
    expect(views.get('pruned-channels')).toMatchObject({
      values: [[0, (100 * 2) / 32]],
      notes: [[0, '2 of 32 output channels are all zero.']],
      summary: '1 of 1 layers has such channels',
    });
  });

  it('have no error where every weight is on the grid', async () => {
    const grid = Tensor.float32(
      [32, 16, 3, 3],
      Array.from({ length: 32 * 144 }, (_, i) => ((i % 15) - 7) / 8),
    );
    expect((await measure(conv(grid))).get('weight-error/4')!.values).toEqual([[0, null]]);
  });

  it('of integers count those that stand for zero, and have no rounding error', async () => {
    const codes = new Uint8Array(32 * 144).map((_, i) => (i < 144 ? 7 : i % 256));
    const zeros = codes.reduce((sum, code) => sum + Number(code === 7), 0);
    const views = await measure(
      conv(Tensor.of(DataType.uint8, [32, 16, 3, 3], codes), [
        ['DequantizeLinear', ['w', 'scale', 'zero'], ['wd']],
        ['Conv', ['x', 'wd'], ['y'], { kernel_shape: [3, 3] }],
      ]),
    );
    expect([...views.keys()]).toEqual(['sparsity', 'pruned-channels']);
    expect(views.get('sparsity')!.values).toEqual([[1, (100 * zeros) / codes.length]]);
    expect(views.get('pruned-channels')!.values).toEqual([[1, 100 / 32]]);
  });

  it('of columns follow the axis of the operator', async () => {
    const columns = Tensor.float32(
      [100, 4],
      Array.from({ length: 400 }, (_, i) => (i % 4 === 2 ? 0 : 1)),
    );
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 100] }],
      outputs: ['y'],
      initializers: { w: columns },
      nodes: [['MatMul', ['x', 'w'], ['y']]],
    });
    expect((await measure(model)).get('pruned-channels')!.values).toEqual([[0, 25]]);
  });

  it('that are not finite are said to be', async () => {
    const values = random.toFloat32().slice();
    values[5] = NaN;
    const view = (await measure(conv(Tensor.float32([32, 16, 3, 3], values)))).get('weight-error/8')!;
    expect([view.values, view.notes]).toEqual([[[0, -Infinity]], [[0, 'Some weights are not finite.']]]);
  });

  it('can be cancelled', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(measureWeights(await scanned(conv(random)), plainContext({ signal: stop.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

it.each([DataType.float32, DataType.float16, DataType.int4])('slices of a tensor of type %i are the tensor', async (type) => {
  const size = 2 ** 20 + 17;
  const bits = { [DataType.float32]: 32, [DataType.float16]: 16, [DataType.int4]: 4 }[type];
  const bytes = new Uint8Array(Math.ceil((size * bits!) / 8)).map((_, i) => (i * 37) % 120);
  const file = path.join(folder, 'raw');
  writeFileSync(file, Buffer.concat([Buffer.alloc(5), bytes]));
  const whole = new Tensor(type, [size], { kind: 'bytes', bytes }).toFloat64();
  const ranges = new FileRanges();
  const there = new Tensor(type, [size], { kind: 'file', path: file, offset: 5, length: bytes.length, external: false });
  const joined = new Float64Array(size);
  let slices = 0;
  for await (const { start, values } of tensorSlices(there, { ranges, signal: new AbortController().signal })) {
    joined.set(values, start);
    slices++;
  }
  await ranges.close();
  expect(slices).toBe(2);
  expect(joined.every((value, i) => Object.is(value, whole[i]))).toBe(true);
});
