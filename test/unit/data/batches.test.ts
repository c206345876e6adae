import { createHash } from 'node:crypto';
import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import jpegJs from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { plainContext, silentLogger } from '../../../src/engine/base/context.ts';
import { openBatches, type BatchRequest } from '../../../src/engine/data/batching/open-batches.ts';
import { RowMaker } from '../../../src/engine/data/batching/rows.ts';
import type { Sample } from '../../../src/engine/data/batching/sample.ts';
import type { Batch, BatchSource } from '../../../src/engine/data/batches.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import type { TrainingSource } from '../../../src/engine/data/source.ts';
import type { InputSettings } from '../../../src/engine/data/types.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { bundledWorker } from './bundled-worker.ts';
import { flatPng, npy, put, temporaryFolder } from './files.ts';

const worker = vi.hoisted(() => ({ code: undefined as URL | undefined }));
vi.mock('../../../src/engine/data/decode-pool.ts', async (original) => ({
  ...(await original<object>()),
  findDecodeWorker: () => worker.code,
}));

const input: InputSettings = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' };
const { signal } = new AbortController();

const opened: BatchSource[] = [];
afterAll(() => Promise.all(opened.map((source) => source.close())));

interface Opening extends Partial<BatchRequest> {
  readonly threads?: number;
  readonly shape?: readonly (number | null)[];
  readonly settings?: InputSettings | undefined;
  readonly warnings?: string[];
}

async function open(folder: string, source: Omit<TrainingSource, 'path'> & { path?: string }, opening: Opening = {}): Promise<BatchSource> {
  const { threads = 1, shape = [null, 3, 4, 4], size = 4, seed = 7, classes, warnings } = opening;
  const context = plainContext({ threads, logger: { ...silentLogger, warn: (message) => warnings?.push(message) } });
  const modelInput = { name: 'image', type: DataType.float32, shape };
  const settings = 'settings' in opening ? opening.settings : input;
  const dataset = await openDataset({ source: { path: '.', ...source }, folder, input: settings, modelInput, seed: 0 }, context);
  const batches = openBatches(dataset, { size, seed, ...(classes === undefined ? {} : { classes }) }, context);
  opened.push(batches);
  return batches;
}

async function epochOf(source: BatchSource, epoch = 0, fromStep = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of source.epoch(epoch, { signal, fromStep })) batches.push(batch);
  return batches;
}

/** What batches hold, short enough for a test that fails to show. */
const digests = (batches: readonly Batch[]): string[] =>
  batches.map(({ samples, input, labels }) => {
    const hash = createHash('sha256')
      .update(input.dims.join())
      .update(input.data as Float32Array);
    if (labels) hash.update(labels.data as Float32Array);
    return `${samples.join()} ${hash.digest('hex')}`;
  });

/** One value of each row. */
const firstOf = ({ input: { data, dims } }: Batch): number[] =>
  Array.from({ length: dims[0]! }, (_, row) => (data as Float32Array)[(row * data.length) / dims[0]!]!);

/** Flat pictures whose grey level is their number, three a class. */
function flatFolder(count: number): string {
  const folder = temporaryFolder();
  for (let i = 0; i < count; i++)
    put(folder, `c${String(Math.floor(i / 3)).padStart(2, '0')}/${String(i).padStart(3, '0')}.png`, flatPng(i));
  return folder;
}

describe('an epoch', () => {
  const folder = flatFolder(18);

  it('gives each sample once, in a new order, with its own picture and label', async () => {
    const source = await open(folder, { labels: 'folders' }, { classes: 7 });
    expect(source).toMatchObject({ size: 4, stepsPerEpoch: 4, classes: 7, classCounts: [3, 3, 3, 3, 3, 3, 0], isFixed: true });
    const orders: string[] = [];
    for (const epoch of [0, 1, 2]) {
      const batches = await epochOf(source, epoch);
      const samples = batches.flatMap((batch) => batch.samples);
      expect(new Set(samples).size).toBe(16);
      orders.push(samples.join());
      for (const batch of batches) {
        expect(batch.input.dims).toEqual([4, 3, 4, 4]);
        expect(firstOf(batch)).toEqual(batch.samples);
        const labels = batch.samples.flatMap((sample) => Array.from({ length: 7 }, (_, c) => Number(c === Math.floor(sample / 3))));
        expect([...(batch.labels!.data as Float32Array)]).toEqual(labels);
      }
    }
    expect(new Set(orders).size).toBe(3);
  });

  it('is the same again by seed, from whichever step it is asked for', async () => {
    const augment: TrainingSource['augment'] = ['flip', { crop: { padding: 2 } }, 'color-jitter', { cutout: { size: 2 } }, 'mixup'];
    const source = await open(folder, { labels: 'folders', augment }, { classes: 6 });
    expect(source.isFixed).toBe(false);
    const all = digests(await epochOf(source, 3));
    for (const from of [0, 1, 3]) {
      const resumed = await open(folder, { labels: 'folders', augment }, { classes: 6 });
      expect(digests(await epochOf(resumed, 3, from))).toEqual(all.slice(from));
    }
    expect(digests(await epochOf(source, 3))).toEqual(all);
    expect(digests(await epochOf(await open(folder, { labels: 'folders', augment }, { classes: 6, seed: 8 }), 3))).not.toEqual(all);
  });

  it('of fewer samples than a batch is one batch of all', async () => {
    const source = await open(folder, {}, { size: 100 });
    expect(source).toMatchObject({ size: 18, stepsPerEpoch: 1 });
    expect(source.classes).toBeUndefined();
    const [batch] = await epochOf(source);
    expect([...batch!.samples].sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, i) => i));
    expect(batch!.labels).toBeUndefined();
  });

  it('ends when it is cancelled', async () => {
    const source = await open(folder, {});
    const stop = new AbortController();
    const take = async (): Promise<void> => {
      for await (const { samples } of source.epoch(0, { signal: stop.signal })) if (samples.length) stop.abort();
    };
    await expect(take()).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('labels', () => {
  it('outside the classes are named', async () => {
    await expect(open(flatFolder(9), { labels: 'folders' }, { classes: 2 })).rejects.toMatchObject({
      code: 'data.labels',
      message: 'the sample c02/006.png has the class 2; the model knows 2, from 0 to 1',
    });
  });

  it('that some samples lack are asked for', async () => {
    await expect(open(flatFolder(3), {}, { classes: 2 })).rejects.toThrow(/c00\/000.png has no class/);
  });

  it('are mixed like their pictures', async () => {
    const folder = flatFolder(12);
    const plain = await epochOf(await open(folder, { labels: 'folders' }, { classes: 4 }), 2);
    const mixed = await epochOf(await open(folder, { labels: 'folders', augment: [{ mixup: { alpha: 1 } }] }, { classes: 4 }), 2);
    for (const [step, batch] of mixed.entries()) {
      const before = plain[step]!;
      const labels = batch.labels!.data as Float32Array;
      expect(batch.samples).toEqual(before.samples);
      batch.samples.forEach((_, row) => {
        const own = [...labels.subarray(row * 4, row * 4 + 4)];
        expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
        // Some partner of the batch explains picture and label by one share.
        const explained = before.samples.some((partner, other) => {
          const [a, b, value] = [before.samples[row]!, partner, firstOf(batch)[row]!];
          const share = a === b ? 1 : (value - b) / (a - b);
          const expected = [0, 1, 2, 3].map(
            (c) => share * Number(Math.floor(a / 3) === c) + (1 - share) * Number(Math.floor(partner / 3) === c),
          );
          return other >= 0 && share > -1e-5 && share < 1 + 1e-5 && expected.every((part, c) => Math.abs(part - own[c]!) < 1e-4);
        });
        expect(explained).toBe(true);
      });
    }
  });
});

describe('broken pictures', () => {
  it('are replaced by their neighbour, the same from any step, and told once', async () => {
    const folder = flatFolder(120);
    put(folder, 'c10/030.png', 'no picture');
    const warnings: string[] = [];
    const source = await open(folder, { labels: 'folders' }, { classes: 40, warnings });
    const first = await epochOf(source);
    const samples = first.flatMap((batch) => batch.samples);
    expect(samples).not.toContain(30);
    expect(samples.filter((sample) => sample === 31)).toHaveLength(2);
    for (const batch of first) expect(firstOf(batch)).toEqual(batch.samples);
    const fresh = await open(folder, { labels: 'folders' }, { classes: 40 });
    expect(digests(await epochOf(fresh, 0, 20))).toEqual(digests(first).slice(20));
    await epochOf(source, 1);
    expect(warnings).toEqual([expect.stringMatching(/^picture skipped/)]);
  });

  it('are an error above 1 in 100', async () => {
    const folder = flatFolder(60);
    put(folder, 'c10/030.png', 'no picture');
    await expect(open(folder, {}).then((source) => epochOf(source))).rejects.toMatchObject({ code: 'data.corrupt' });
  });
});

describe('arrays', () => {
  it('are augmented where they have the shape of a picture', async () => {
    const folder = temporaryFolder();
    const data = Float32Array.from({ length: 5 * 3 * 4 * 4 }, (_, i) => i + 0.25);
    put(folder, 'x.npy', npy('<f4', [5, 3, 4, 4], data));
    const options = { settings: undefined, size: 5 };
    const [plain] = await epochOf(await open(folder, { path: 'x.npy' }, options));
    const [flipped] = await epochOf(await open(folder, { path: 'x.npy', augment: [{ flip: { probability: 1 } }] }, options));
    const rows = plain!.samples.flatMap((sample) => [...data.subarray(sample * 48, sample * 48 + 48)]);
    expect([...(plain!.input.data as Float32Array)]).toEqual(rows);
    // Once more after it was closed.
    const again = await open(folder, { path: 'x.npy' }, options);
    await again.close();
    expect(digests(await epochOf(again))).toEqual(digests([plain!]));
    expect([...(flipped!.input.data as Float32Array)]).toEqual(rows.map((_, i) => rows[i - (i % 4) + 3 - (i % 4)]!));
    await expect(open(folder, { path: 'x.npy', augment: ['color-jitter'] }, options).then((source) => epochOf(source))).rejects.toMatchObject({ code: 'data.augment' }); // prettier-ignore
  });

  it('of an .npz bring their labels', async () => {
    const folder = temporaryFolder();
    const x = npy(
      '<f4',
      [4, 6],
      Float32Array.from({ length: 24 }, (_, i) => i),
    );
    put(folder, 'x.npz', zipSync({ 'x.npy': x, 'y.npy': npy('<i4', [4], Int32Array.of(1, 0, 1, 1)) }));
    const source = await open(folder, { path: 'x.npz' }, { settings: undefined, shape: [null, 6], classes: 2 });
    expect(source.classCounts).toEqual([1, 3]);
    const [batch] = await epochOf(source);
    expect(batch!.input.dims).toEqual([4, 6]);
    expect(firstOf(batch!)).toEqual(batch!.samples.map((sample) => sample * 6));
  });
});

it('a dataset that only streams gives its samples in any order', async () => {
  const dataset = noiseDataset(10, [2, 3]);
  const source = openBatches(dataset, { size: 3, seed: 1 }, plainContext());
  const streamed: Float32Array[] = [];
  for await (const sample of dataset.stream({ signal })) streamed.push(sample.input.data as Float32Array);
  for (const batch of await epochOf(source)) {
    expect([...(batch.input.data as Float32Array)]).toEqual(batch.samples.flatMap((sample) => [...streamed[sample]!]));
  }
});

it('targets and boxes move with their pictures', async () => {
  const folder = temporaryFolder();
  for (let i = 0; i < 8; i++) {
    const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, k) => (k * 5 + i * 31) & 255);
    put(folder, `${i}.png`, encode({ width: 16, height: 16, channels: 3, depth: 8, data }));
  }
  const augment: TrainingSource['augment'] = ['flip', { crop: { padding: 3 } }, 'color-jitter'];
  // The clean picture is the target: with nothing degraded, it has to stay equal to its input.
  const source = await open(folder, { degrade: [{ darken: { scale: 1 } }], augment }, { shape: [null, 3, 16, 16] });
  for (const batch of await epochOf(source)) expect(batch.target).toEqual(batch.input);

  const images = Array.from({ length: 8 }, (_, i) => ({ file: `${i}.png`, boxes_xywh: [[i, 2, 3, 4]] }));
  put(folder, 'boxes.json', JSON.stringify({ images }));
  const boxed = await open(folder, { labels: 'boxes.json', augment: [{ flip: { probability: 1 } }] }, { shape: [null, 3, 16, 16] });
  for (const { samples, boxes } of await epochOf(boxed)) {
    expect(boxes).toEqual(samples.map((sample) => [expect.objectContaining({ x: 16 - sample - 3, y: 2, width: 3, height: 4 })]));
  }
  const mixing = await open(folder, { labels: 'boxes.json', augment: ['mixup'] }, { shape: [null, 3, 16, 16] });
  await expect(epochOf(mixing)).rejects.toMatchObject({ code: 'data.augment' });
});

describe('degradations of augment', () => {
  const folder = temporaryFolder();
  for (let i = 0; i < 6; i++) {
    const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, k) => (k * 5 + i * 31) & 255);
    put(folder, `${i}.png`, encode({ width: 16, height: 16, channels: 3, depth: 8, data }));
  }
  const images = Array.from({ length: 6 }, (_, i) => ({ file: `${i}.png`, boxes_xywh: [[i, 2, 3, 4]] }));
  put(folder, 'boxes.json', JSON.stringify({ images }));
  const shape = [null, 3, 16, 16];
  const halved = ({ data }: Batch['input']): number[] => [...(data as Float32Array)].map((value) => Math.round(255 * 0.5 * (value / 255)));

  it('make the input worse, not what it is to become', async () => {
    const source = await open(folder, { augment: ['flip', 'color-jitter', { darken: { scale: 0.5 } }] }, { shape });
    expect(source.isFixed).toBe(false);
    for (const { input: given, clean, target } of await epochOf(source)) {
      expect([...(given.data as Float32Array)]).toEqual(halved(clean!));
      expect(target).toEqual(clean);
    }
  });

  it('leave targets and boxes that the pictures have as they are', async () => {
    const both: TrainingSource['augment'] = [{ flip: { probability: 1 } }, { noise: { sigma: 3 } }];
    const source = await open(folder, { labels: 'boxes.json', degrade: [{ darken: { scale: 0.5 } }], augment: both }, { shape });
    for (const { samples, input: given, clean, target, boxes } of await epochOf(source)) {
      expect([...(clean!.data as Float32Array)]).toEqual(halved(target!));
      expect(given).not.toEqual(clean);
      expect(boxes).toEqual(samples.map((sample) => [expect.objectContaining({ x: 16 - sample - 3, y: 2, width: 3, height: 4 })]));
    }
  });

  it('are new in every epoch, and the same again with the same seed', async () => {
    const augment: TrainingSource['augment'] = [{ poisson: { peak: [5, 50] } }, { blur: [0, 1] }, { jpeg: [20, 90] }];
    const [one, two] = [await open(folder, { augment }, { shape }), await open(folder, { augment }, { shape })];
    const first = digests(await epochOf(one));
    expect(digests(await epochOf(two))).toEqual(first);
    expect(digests(await epochOf(one, 1))).not.toEqual(first);
    const plain = await open(folder, {}, { shape });
    expect((await epochOf(plain))[0]!.clean).toBeUndefined();
  });

  it('need grey levels', async () => {
    put(folder, 'a.npy', npy('<f4', [3, 3, 16, 16], new Float32Array(3 * 768)));
    const source = await open(folder, { path: 'a.npy', augment: [{ noise: { sigma: 3 } }] }, { shape, settings: undefined });
    await expect(epochOf(source)).rejects.toMatchObject({ code: 'data.augment' });
  });
});

describe('without augmentation a sample is fed as it is measured', () => {
  const folder = temporaryFolder();
  for (const [i, [width, height]] of (
    [
      [20, 14],
      [9, 16],
      [16, 16],
    ] as const
  ).entries()) {
    // prettier-ignore
    const data = Uint8Array.from({ length: width * height * 3 }, (_, k) => (k * 7 + i * 31) & 255);
    put(folder, `${i}.png`, encode({ width, height, channels: 3, depth: 8, data }));
  }
  const images = Array.from({ length: 3 }, (_, i) => ({ file: `${i}.png`, boxes_xywh: [[3, 4, 5, 6]] }));
  put(folder, 'boxes.json', JSON.stringify({ images }));
  const resize = { size: [12, 10], mode: 'bilinear', antialias: true, fit: 'stretch', align: 'center', value: 0 } as const;

  it.each<[string, Partial<InputSettings>]>([
    ['stretched', { resize }],
    ['padded', { resize: { ...resize, fit: 'pad', value: 77 } }],
    [
      'padded at the corner, bicubic, nhwc, bgr',
      { resize: { ...resize, fit: 'pad', align: 'top-left', mode: 'bicubic' }, layout: 'nhwc', color: 'bgr' },
    ],
    ['padded, then cropped beyond the edge', { resize: { ...resize, fit: 'pad', value: 9 }, crop: [14, 15] }],
    ['by the shorter side, cropped', { resize: { ...resize, fit: 'shorter' }, crop: [9, 8], color: 'gray', mean: [3], std: [2] }],
    ['cropped alone', { crop: [13, 8] }],
  ])('%s', async (_, given) => {
    const settings: InputSettings = { ...input, ...given };
    const channels = settings.color === 'gray' ? 1 : 3;
    const shape = settings.layout === 'nchw' ? [null, channels, null, null] : [null, null, null, channels];
    const modelInput = { name: 'image', type: DataType.float32, shape };
    const sources: Omit<TrainingSource, 'path'>[] = [{ labels: 'boxes.json' }, { degrade: [{ noise: { sigma: 4 } }] }];
    for (const source of sources) {
      const dataset = await openDataset({ source: { path: '.', ...source }, folder, input: settings, modelInput, seed: 0 }, plainContext());
      const batches = openBatches({ ...dataset, augment: [{ flip: { probability: 0 } }] }, { size: 1, seed: 0 }, plainContext());
      const measured = [];
      for await (const sample of dataset.stream({ signal })) measured.push(sample);
      for (const batch of await epochOf(batches)) {
        const { input: wanted, target, geometry, boxes } = measured[batch.samples[0]!]!;
        expect(batch.input).toEqual({ ...wanted, dims: [1, ...wanted.dims] });
        expect(batch.target).toEqual(target && { ...target, dims: [1, ...target.dims] });
        // The middle of what is left of a box, where nothing of it was cut off.
        const [found] = batch.boxes?.[0] ?? [];
        const [x, y] = [3 * geometry.scaleX + geometry.offsetX, 4 * geometry.scaleY + geometry.offsetY];
        if (boxes && found && found.width > 4.99 * geometry.scaleX && found.height > 5.99 * geometry.scaleY) {
          expect([found.x, found.y]).toEqual([expect.closeTo(x, 9), expect.closeTo(y, 9)]);
        }
      }
    }
  });
});

it('pictures of several sizes are refused with what to do', async () => {
  const folder = temporaryFolder();
  for (const [i, side] of [4, 4, 4, 5].entries()) put(folder, `${i}.png`, flatPng(i, side, side));
  const shape = [null, 3, null, null];
  await expect(open(folder, {}, { shape }).then((source) => epochOf(source))).rejects.toMatchObject({ code: 'data.size' });
  await expect(open(folder, {}).then((source) => epochOf(source))).rejects.toMatchObject({ code: 'data.size' });
  const cropped = await open(folder, { augment: [{ crop: { size: 3 } }] }, { shape });
  expect((await epochOf(cropped))[0]!.input.dims).toEqual([4, 3, 3, 3]);
});

it('decoded samples are kept within their memory, what is beyond them is opened again', async () => {
  const opened: number[] = [];
  const sample = (index: number): Sample => ({
    bytes: 10,
    look: () => ({ input: { type: DataType.float32, dims: [1], write: (out, at) => void ((out as Float32Array)[at] = index) } }),
  });
  const maker = new RowMaker((_, index) => Promise.resolve((opened.push(index), sample(index))), 0, 25);
  const entries = [0, 1, 2, 3].map((index) => ({ id: String(index), content: { kind: 'row', index } as const }));
  for (const epoch of [0, 1]) await maker.make({ epoch, indices: [0, 1, 2, 3], entries });
  expect(opened).toEqual([0, 1, 2, 3, 2, 3]);
});

describe('threads', () => {
  const folder = temporaryFolder();
  const source: Omit<TrainingSource, 'path'> = {
    labels: 'folders',
    augment: ['random-resized-crop', 'flip', 'color-jitter', 'cutout', 'mixup'],
  };
  const options = { classes: 7, shape: [null, 3, 24, 24], size: 13 };

  beforeAll(async () => {
    worker.code = await bundledWorker(temporaryFolder());
    const pictures = Array.from({ length: 4 }, (_, i) => {
      const data = Uint8Array.from({ length: 40 * 40 * 4 }, (_, k) => ((k >> 2) * (i + 1)) & 255);
      // What follows the end of a picture is not read: it makes the file large enough to be worth a thread.
      return Buffer.concat([jpegJs.encode({ width: 40, height: 40, data }, 80).data, Buffer.alloc(16 << 10)]);
    });
    for (let i = 0; i < 70; i++) put(folder, `c${Math.floor(i / 10)}/${i}.jpg`, pictures[i % 4]!);
  });

  it('make the same batches, however many, from any step', async () => {
    const alone = digests(await epochOf(await open(folder, source, options), 1));
    expect(alone).toHaveLength(5);
    for (const [threads, from] of [
      [2, 0],
      [3, 2],
    ] as const) {
      // prettier-ignore
      const team = await open(folder, source, { ...options, threads });
      expect(digests(await epochOf(team, 1, from))).toEqual(alone.slice(from));
      await team.close();
    }
  });

  it('that end are started again, and errors of theirs are told', async () => {
    const team = await open(folder, { labels: 'folders', augment: [{ crop: { size: 200 } }] }, { ...options, threads: 2 });
    await expect(epochOf(team)).rejects.toMatchObject({ code: 'data.size' });
    await team.close();
    await expect(epochOf(team)).rejects.toMatchObject({ code: 'data.size' });
    await team.close();
  });
});
