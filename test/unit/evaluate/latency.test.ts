import { expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { measureLatency } from '../../../src/engine/evaluate/latency.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { model } from './models.ts';

/** Each call takes so long by the clock. */
async function timed(callMs: number, wanted: { runs: number; warmUp: number }) {
  const relu = model([['Relu', ['x'], ['y']]], { input: ['x', [1, 1, 2, 2]], output: ['y', [1, 1, 2, 2]] });
  let now = 0;
  const clock = { now: () => 0, monotonic: () => (now += callMs) };
  const sample = {
    index: 0,
    id: 'a.png',
    input: { type: DataType.float32, dims: [1, 2, 2], data: new Float32Array(4) },
    geometry: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
  };
  return measureLatency(
    { file: encodeModel(relu), model: relu, sample, ...wanted },
    { runtime: await createOrtRuntime(), context: { ...plainContext(), clock } },
  );
}

it('calls a fast model as often as asked', async () => {
  expect(await timed(2, { runs: 50, warmUp: 10 })).toMatchObject({ median: 2, p90: 2, runs: 50, warmUp: 10 });
});

it.each([
  { callMs: 500, runs: 20, warmUp: 4 },
  { callMs: 60_000, runs: 3, warmUp: 1 },
])('calls one that takes $callMs ms only $runs times', async ({ callMs, runs, warmUp }) => {
  expect(await timed(callMs, { runs: 50, warmUp: 10 })).toMatchObject({ median: callMs, runs, warmUp });
});

it('calls it no more often than asked, however slow it is', async () => {
  expect(await timed(60_000, { runs: 1, warmUp: 0 })).toMatchObject({ runs: 1, warmUp: 0 });
});
