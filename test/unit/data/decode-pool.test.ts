import path from 'node:path';
import { pathToFileURL } from 'node:url';
import jpegJs from 'jpeg-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DecodePool } from '../../../src/engine/data/decode-pool.ts';
import type { Entry } from '../../../src/engine/data/list/entry.ts';
import { loadFile, type LoadPlan, type LoadedContent } from '../../../src/engine/data/load.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { bundledWorker } from './bundled-worker.ts';
import { put, temporaryFolder } from './files.ts';

const folder = temporaryFolder();
const plan: LoadPlan = {
  modelInput: { name: 'image', type: DataType.float32, shape: [1, 3, 16, 16] },
  settings: { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' },
  degrade: [{ noise: { sigma: 5 } }],
  seed: 3,
};
const task = { kind: 'samples', plan } as const;
let pool: DecodePool<Entry, LoadedContent>;

beforeAll(async () => {
  pool = new DecodePool(await bundledWorker(folder), task, 2);
});
afterAll(() => pool.close());

const entry = (name: string): Entry => ({ id: name, content: { kind: 'picture', file: path.join(folder, name) } });

it('bundled threads give what this thread gives', async () => {
  const names = Array.from({ length: 8 }, (_, i) => `${i}.jpg`);
  for (const [i, name] of names.entries()) {
    const data = new Uint8Array(16 * 16 * 4).map((_, k) => (k * (i + 3)) & 255);
    put(folder, name, jpegJs.encode({ width: 16, height: 16, data }, 90).data);
  }
  const threaded = await Promise.all(names.map((name) => pool.ask(entry(name))));
  for (const [i, name] of names.entries()) expect(threaded[i]).toEqual(await loadFile(entry(name), plan));
});

it('errors come back as they are', async () => {
  put(folder, 'broken.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xd9]));
  put(folder, 'small.ppm', Buffer.from('P5 1 1 255\n0'));
  await expect(pool.ask(entry('broken.jpg'))).rejects.toMatchObject({
    code: 'data.picture',
    place: { file: path.join(folder, 'broken.jpg') },
  });
  await expect(pool.ask(entry('small.ppm'))).rejects.toMatchObject({ code: 'data.size', exitCode: 2 });
});

it('a thread that dies fails what waits for it, and what comes after', async () => {
  const dying = new DecodePool<Entry, LoadedContent>(pathToFileURL(put(folder, 'dying.mjs', 'process.exit(7)')), task, 1);
  await expect(dying.ask(entry('0.jpg'))).rejects.toMatchObject({
    code: 'data.thread',
    message: expect.stringMatching(/code 7/) as string,
  });
  await expect(dying.ask(entry('0.jpg'))).rejects.toMatchObject({ code: 'data.thread' });
  await dying.close();
});
