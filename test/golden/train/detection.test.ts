import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRecipe } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { prepareObject } from '../../../src/engine/recipe/prepare.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { writeDrawnBoxes } from '../../support/drawn-boxes.ts';
import { smallDetector, type DetectorOptions } from '../../support/small-detector.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-detector-'));
  for (const classes of [1, 2]) {
    writeDrawnBoxes(path.join(folder, `train${classes}`), 480, { classes });
    writeDrawnBoxes(path.join(folder, `test${classes}`), 60, { first: 100_000, classes });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function trained(detector: DetectorOptions, steps: readonly object[]): Promise<RunDocument> {
  const { kind, classes } = detector;
  await writeFile(path.join(folder, 'detector.onnx'), encodeModel(smallDetector(detector)));
  const { resolved, issues } = await prepareObject(
    {
      version: 1,
      model: 'detector.onnx',
      data: {
        input: { color: 'rgb', scale: '1/255', mean: 0.4, std: 0.25 },
        train: { path: `train${classes}`, labels: 'boxes.json', decode: { kind } },
        validation: { fraction: 0.1 },
        test: { path: `test${classes}`, labels: 'boxes.json', decode: { kind, score: 0.3 } },
      },
      steps,
    },
    { folder, runs: path.join(folder, 'runs'), for: 'run' },
  );
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return runRecipe(resolved!, { runtime: await createOrtRuntime(), context: plainContext() }, { choice: 'new' });
}

// Measured: 94, 52 and 67; two classes that differ in their corners take longer than twelve epochs.
it.each<readonly [string, DetectorOptions, number]>([
  ['heads as YuNet has them', { kind: 'yunet', classes: 1 }, 80],
  ['columns as YOLOv8 has them, two classes', { kind: 'yolov8', classes: 2 }, 35],
  ['rows as YOLOv5 has them, two classes', { kind: 'yolov5', classes: 2 }, 45],
])('learns from scratch to find what is drawn: %s', async (_, detector, least) => {
  const settings = { epochs: 12, batch: 16, 'learning-rate': 4e-3, schedule: 'one-cycle' };
  const { metrics } = await trained(detector, [{ train: settings }]);
  expect(metrics!.before.metric).toBe('ap50');
  expect(metrics!.after.value).toBeGreaterThan(least);
});
