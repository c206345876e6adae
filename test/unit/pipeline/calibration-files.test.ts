import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readTensorFile } from '../../../src/engine/data/npy/array.ts';
import type { LoadedSample } from '../../../src/engine/data/types.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { calibrationName, writeCalibration } from '../../../src/engine/pipeline/compile/calibration.ts';
import { openFor } from '../../../src/engine/pipeline/run-data.ts';
import type { CalibrationFiles } from '../../../src/engine/targets/compile-plan.ts';
import type { DataRequest } from '../../../src/protocol/job.ts';
import { root } from '../../support/lathe.ts';

const model = path.join(root, 'samples/shapes/model.onnx');
const request: DataRequest = {
  source: { path: path.join(root, 'samples/shapes/pictures/train'), labels: 'folders', count: 7 },
  folder: root,
  input: { color: 'rgb', scale: '1/255', mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.3] },
};
const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-calibration-'));
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;
async function written(files: CalibrationFiles, data = request): Promise<string> {
  const into = path.join(folder, String(runs++));
  mkdirSync(into);
  await writeCalibration(model, data, files, into, plainContext());
  return path.join(into, calibrationName(files));
}

/** The same pictures as a model gets them, [C, H, W]. */
async function fed(count: number): Promise<LoadedSample[]> {
  const { source, input } = request;
  const dataset = await openFor(await scanModel(model), { source, folder: root, input, seed: 0 }, plainContext());
  const samples: LoadedSample[] = [];
  for await (const sample of dataset.stream({ signal: new AbortController().signal, to: count })) samples.push(sample);
  return samples;
}

/** Element [h, w, c] of a picture in [C, H, W], one by one. */
function byPixel({ input: { dims, data } }: LoadedSample): number[] {
  const [channels = 0, height = 0, width = 0] = dims;
  const values: number[] = [];
  for (let h = 0; h < height; h++)
    for (let w = 0; w < width; w++) for (let c = 0; c < channels; c++) values.push((data as Float32Array)[(c * height + h) * width + w]!);
  return values;
}

describe('pictures for a compiler that calibrates by itself', () => {
  it('as one array, channels last', async () => {
    const file = await written({ layout: 'nhwc', form: 'array', pictures: 100 });
    const { dims, data } = await readTensorFile(file);
    const pictures = await fed(7);
    const [channels, height, width] = pictures[0]!.input.dims;
    expect(dims).toEqual([7, height, width, channels]);
    expect([...(data as Float32Array)]).toEqual(pictures.flatMap(byPixel));
    expect(readdirSync(path.dirname(file))).toEqual(['calibration.npy']);
  });

  it('as a file each, as the model has them, and no more than asked for', async () => {
    const place = await written({ layout: 'nchw', form: 'folder', pictures: 3 });
    expect(readdirSync(place)).toEqual(['000000.npy', '000001.npy', '000002.npy']);
    const pictures = await fed(3);
    for (const [i, { input }] of pictures.entries()) {
      const { dims, data } = await readTensorFile(path.join(place, `00000${i}.npy`));
      expect(dims).toEqual([1, ...input.dims]);
      expect(data).toEqual(input.data);
    }
  });

  it('of which there are none is an error', async () => {
    const empty = mkdtempSync(path.join(folder, 'empty-'));
    writeFileSync(path.join(empty, 'notes.txt'), '');
    const data = { ...request, source: { path: empty } };
    await expect(written({ layout: 'nchw', form: 'array', pictures: 3 }, data)).rejects.toMatchObject({
      code: expect.stringMatching(/^(data|compile)\./) as string,
    });
  });
});
