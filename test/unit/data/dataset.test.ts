import { symlinkSync } from 'node:fs';
import { zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { plainContext, silentLogger } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import type { DataSource } from '../../../src/engine/data/source.ts';
import type { InputSettings, LoadedSample } from '../../../src/engine/data/types.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { flatPng, npy, put, temporaryFolder } from './files.ts';

const input: InputSettings = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' };
const modelInput = { name: 'image', type: DataType.float32, shape: ['N', 3, 4, 4] } as const;
const signal = new AbortController().signal;

const open = (folder: string, source: DataSource, more: Partial<Parameters<typeof openDataset>[0]> = {}, context = plainContext()) =>
  openDataset({ source, folder, input, modelInput, seed: 0, ...more }, context);

async function load(...request: Parameters<typeof open>): Promise<LoadedSample[]> {
  const loaded: LoadedSample[] = [];
  for await (const sample of (await open(...request)).stream({ signal })) loaded.push(sample);
  return loaded;
}

/** The grey level of a flat picture. */
const level = (sample: LoadedSample): number => (sample.input.data as Float32Array)[0]!;

function classFolders(): string {
  const folder = temporaryFolder();
  for (const [name, value] of [['b/1.png', 1], ['a/10.png', 10], ['a/2.png', 2], ['B/9.png', 9], ['b/deep/3.png', 3]] as const) put(folder, name, flatPng(value)); // prettier-ignore
  put(folder, 'a/notes.txt', 'not a picture');
  put(folder, 'a/.hidden.png', 'not a picture');
  return folder;
}

it('reads class folders: classes and pictures sorted by code unit', async () => {
  const dataset = await open(classFolders(), { path: '.', labels: 'folders' });
  expect(dataset.classes).toEqual(['B', 'a', 'b']);
  expect(dataset.samples.map(({ id, label, index }) => [index, id, label])).toEqual([
    [0, 'B/9.png', 0],
    [1, 'a/10.png', 1],
    [2, 'a/2.png', 1],
    [3, 'b/1.png', 2],
    [4, 'b/deep/3.png', 2],
  ]);
});

it('streams in order, whole or a part, again and again', async () => {
  const dataset = await open(classFolders(), { path: '.' });
  const levels = async (options: { from?: number; to?: number }): Promise<number[]> => {
    const found: number[] = [];
    for await (const sample of dataset.stream({ signal, ...options })) found.push(level(sample));
    return found;
  };
  expect(await levels({})).toEqual([9, 10, 2, 1, 3]);
  expect(await levels({ from: 1, to: 3 })).toEqual([10, 2]);
  expect(await levels({})).toEqual([9, 10, 2, 1, 3]);
});

it('reads each folder once where links run in circles', async () => {
  const folder = classFolders();
  symlinkSync(folder, `${folder}/a/loop`);
  expect((await open(folder, { path: '.' })).samples).toHaveLength(5);
});

it('the fingerprint follows from files, labels, settings and choice', async () => {
  const folder = classFolders();
  const print = async (source: DataSource, more = {}): Promise<string> => (await open(folder, source, more)).fingerprint;
  const base = await print({ path: '.', labels: 'folders' });
  expect(await print({ path: '.', labels: 'folders' })).toBe(base);
  expect(await print({ path: folder, labels: 'folders' })).toBe(base);
  expect(await print({ path: '.' })).not.toBe(base);
  expect(await print({ path: '.', labels: 'folders', count: 4 })).not.toBe(base);
  expect(await print({ path: '.', labels: 'folders' }, { input: { ...input, scale: 2 } })).not.toBe(base);
  put(folder, 'a/2.png', flatPng(2, 40, 40));
  expect(await print({ path: '.', labels: 'folders' })).not.toBe(base);
});

it('chooses by seed, balanced over classes, in dataset order', async () => {
  const folder = temporaryFolder();
  for (const [name, count] of [['a', 20], ['b', 20], ['c', 2]] as const) for (let i = 0; i < count; i++) put(folder, `${name}/${i}.png`, flatPng(i)); // prettier-ignore
  for (const labels of ['folders', undefined]) {
    const chosen = async (seed: number): Promise<string[]> =>
      (await open(folder, { path: '.', labels, count: 12 }, { seed })).samples.map(({ id }) => id);
    const first = await chosen(0);
    const count = (name: string): number => first.filter((id) => id.startsWith(name)).length;
    expect([count('a'), count('b'), count('c')]).toEqual([5, 5, 2]);
    expect(first).toEqual([...first].sort());
    expect(await chosen(0)).toEqual(first);
    expect(await chosen(1)).not.toEqual(first);
  }
});

it('cuts off a part by seed: part and rest are the whole', async () => {
  const folder = temporaryFolder();
  for (let i = 0; i < 20; i++) put(folder, `${i}.png`, flatPng(i));
  const ids = async (side: 'part' | 'rest'): Promise<string[]> =>
    (await open(folder, { path: '.' }, { part: { fraction: 0.1, side } })).samples.map(({ id }) => id);
  expect(await ids('part')).toHaveLength(2);
  expect([...(await ids('part')), ...(await ids('rest'))].sort()).toEqual((await open(folder, { path: '.' })).samples.map(({ id }) => id));
});

it('reads labels.csv beside the recipe, then in the data: split, quotes, names', async () => {
  const folder = temporaryFolder();
  for (const name of ['x', 'y', 'z,1']) put(folder, `data/${name}.png`, flatPng(5));
  put(folder, 'data/labels.csv', 'file,class,split,note\r\nx.png,1,test,"a ""b"",\nc"\r\ny.png,0,train,\r\n"z,1.png",3,test,\r\n');
  const dataset = await open(folder, { path: 'data', labels: 'labels.csv', split: 'test' });
  expect(dataset.samples.map(({ id, label }) => [id, label])).toEqual([['x.png', 1], ['z,1.png', 3]]); // prettier-ignore
  put(folder, 'labels.csv', 'class,file\ndog,x.png\ncat,y.png\n');
  const named = await open(folder, { path: 'data', labels: 'labels.csv' });
  expect(named.classes).toEqual(['cat', 'dog']);
  expect(named.samples.map(({ label }) => label)).toEqual([1, 0]);
});

it('reads boxes in both forms', async () => {
  const folder = temporaryFolder();
  for (const name of ['p/x.png', 'p/y.png']) put(folder, name, flatPng(5));
  const json = {
    images: [
      { file: 'p/x.png', boxes_xywh: [[1, 2, 3, 4]], split: 'a' },
      { file: 'p/y.png', boxes_xywh: [], split: 'b' },
    ],
  };
  put(folder, 'boxes.json', JSON.stringify(json, null, 1));
  put(folder, 'label.txt', '# p/x.png\n1 2 3 4 0.5 0.5 0\n5 5 0 0\n# p/y.png\n');
  const box = { x: 1, y: 2, width: 3, height: 4, label: 0 };
  expect((await open(folder, { path: '.', labels: 'boxes.json', split: 'a' })).samples.map(({ boxes }) => boxes)).toEqual([[box]]);
  expect((await open(folder, { path: '.', labels: 'label.txt' })).samples.map(({ boxes }) => boxes)).toEqual([[box], []]);
});

it('reads lists of paths, single pictures and folders of .npy', async () => {
  const folder = temporaryFolder();
  put(folder, 'p/x.png', flatPng(5));
  put(folder, 'q/s.npy', npy('<f4', [1, 3, 4, 4], new Float32Array(48).fill(7)));
  put(folder, 'list.txt', 'p/x.png\r\n\nq/s.npy\n');
  expect((await load(folder, { path: 'list.txt' })).map(level)).toEqual([5, 7]);
  expect((await load(folder, { path: 'p/x.png' })).map(level)).toEqual([5]);
  expect((await load(folder, { path: 'q' }, { input: undefined })).map(level)).toEqual([7]);
});

it.each(['a.npy', 'stored.npz', 'packed.npz'])('reads rows and labels of %s', async (name) => {
  const folder = temporaryFolder();
  const data = Float32Array.from({ length: 3 * 48 }, (_, i) => Math.floor(i / 48));
  const array = npy('<f4', [3, 3, 4, 4], data);
  const labels = npy('<i8', [3], BigInt64Array.of(2n, 0n, 1n));
  put(folder, 'a.npy', array);
  put(folder, 'y.npy', labels);
  put(folder, 'stored.npz', zipSync({ 'image.npy': [array, { level: 0 }], 'y.npy': [labels, { level: 0 }] }));
  put(folder, 'packed.npz', zipSync({ 'x.npy': array, 'labels.npy': labels }));
  const source = { path: name, ...(name === 'a.npy' && { labels: 'y.npy' }) };
  const samples = await load(folder, source, { input: undefined });
  expect(samples.map((sample) => [level(sample), sample.label])).toEqual([[0, 2], [1, 0], [2, 1]]); // prettier-ignore
  expect(samples[0]!.input.dims).toEqual([3, 4, 4]);
  expect(samples[2]!.id).toBe(`${name}[2]`);
});

it('joins pairs by the stem', async () => {
  const folder = temporaryFolder();
  for (const [name, value] of [['s/a_noisy.png', 1], ['s/a.png', 2], ['b_noisy.png', 3], ['b.png', 4], ['lonely.png', 5]] as const) put(folder, name, flatPng(value)); // prettier-ignore
  const samples = await load(folder, { path: '.', pairs: { input: '*_noisy.*', target: '*.*' } });
  expect(samples.map((sample) => [sample.id, level(sample), (sample.target!.data as Float32Array)[0]])).toEqual([
    ['b_noisy.png', 3, 4],
    ['s/a_noisy.png', 1, 2],
  ]);
});

it('degrades by seed and picture, the clean picture being the target', async () => {
  const folder = temporaryFolder();
  for (const name of ['a.png', 'b.png']) put(folder, name, flatPng(200));
  const source: DataSource = { path: '.', degrade: [{ darken: { scale: 0.5 } }, { noise: { sigma: 10 } }] };
  const [a, b] = await load(folder, source);
  expect((a!.target!.data as Float32Array)[0]).toBe(200);
  expect(a!.input.data).not.toEqual(b!.input.data);
  expect((await load(folder, source))[0]!.input.data).toEqual(a!.input.data);
  expect((await load(folder, source, { seed: 1 }))[0]!.input.data).not.toEqual(a!.input.data);
  const [dark] = await load(folder, { path: '.', degrade: [{ darken: { scale: 0.04, gamma: 1.2 } }] });
  expect(level(dark!)).toBe(Math.round(255 * 0.04 * (200 / 255) ** 1.2));
  for (const step of [{ blur: 1.5 }, { jpeg: 40 }]) expect(Math.abs(level((await load(folder, { path: '.', degrade: [step] }))[0]!) - 200)).toBeLessThan(3); // prettier-ignore
});

it('skips and counts broken pictures, up to 1 in 100', async () => {
  const folder = temporaryFolder();
  for (let i = 0; i < 200; i++) put(folder, `${String(i).padStart(3, '0')}.png`, flatPng(i));
  for (const i of ['007', '100']) put(folder, `${i}.png`, 'broken');
  const warnings: string[] = [];
  const context = plainContext({
    logger: { ...silentLogger, warn: (message, data) => warnings.push(`${message} ${String(data?.['file'])}`) },
  });
  const loaded = await load(folder, { path: '.' }, {}, context);
  expect(loaded).toHaveLength(198);
  expect(loaded[7]!.index).toBe(8);
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toMatch(/007\.png/);
  put(folder, '150.png', flatPng(1).subarray(0, 40));
  await expect(load(folder, { path: '.' })).rejects.toMatchObject({
    code: 'data.corrupt',
    message: expect.stringMatching(/^3 of 200 /) as string,
  });
});

it('stops when cancelled', async () => {
  const folder = classFolders();
  const dataset = await open(folder, { path: '.' });
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    for await (const { index } of dataset.stream({ signal: controller.signal })) if (index === 1) controller.abort();
  };
  await expect(read()).rejects.toMatchObject({ code: 'cancelled' });
});

const csv = (rows: string): Record<string, string> => ({ 'labels.csv': rows, 'a.png': 'x', 'b.png': 'x' });

it.each([
  ['a missing folder', { path: 'nowhere' }, {}, 'data.path', undefined],
  ['an empty folder', { path: '.' }, { 'a.txt': '' }, 'data.empty', undefined],
  ['a picture in no class folder', { path: '.', labels: 'folders' }, { 'c/a.png': 'x', 'b.png': 'x' }, 'data.labels', undefined],
  ['a missing label file', { path: '.', labels: 'l.csv' }, { 'a.png': 'x' }, 'data.labels', undefined],
  ['a header without class', { path: '.', labels: 'labels.csv' }, csv('file,label\na.png,1\n'), 'data.labels', 1],
  ['a row without class', { path: '.', labels: 'labels.csv' }, csv('file,class\na.png,1\nb.png,\n'), 'data.labels', 3],
  ['a negative class', { path: '.', labels: 'labels.csv' }, csv('file,class\na.png,1\n\nb.png,-1\n'), 'data.labels', 4],
  ['half a class', { path: '.', labels: 'labels.csv' }, csv('file,class\na.png,1.5\n'), 'data.labels', 2],
  ['a quote that is not closed', { path: '.', labels: 'labels.csv' }, csv('file,class\n"a.png,1\n'), 'data.labels', 2],
  ['a missing file in a CSV', { path: '.', labels: 'labels.csv' }, csv('file,class\na.png,1\nc.png,1\n'), 'data.missing-file', 3],
  [
    'a file twice in a CSV',
    { path: '.', labels: 'labels.csv' },
    csv('file,class\na.png,1\nb.png,1\n./a.png,0\n'),
    'data.duplicate-file',
    4,
  ],
  ['an unknown split', { path: '.', labels: 'labels.csv', split: 'x' }, csv('file,class,split\na.png,1,test\n'), 'data.split', undefined],
  ['a split where there is none', { path: '.', labels: 'labels.csv', split: 'x' }, csv('file,class\na.png,1\n'), 'data.split', undefined],
  ['a split without labels', { path: '.', split: 'x' }, { 'a.png': 'x' }, 'data.source', undefined],
  ['a missing file in a list', { path: 'l.txt' }, { 'l.txt': 'a.png\nb.png\n', 'a.png': 'x' }, 'data.missing-file', 2],
  ['a file twice in a list', { path: 'l.txt' }, { 'l.txt': 'a.png\na.png\n', 'a.png': 'x' }, 'data.duplicate-file', 2],
  ['JSON that is none', { path: '.', labels: 'b.json' }, { 'b.json': '{', 'a.png': 'x' }, 'data.labels', undefined],
  ['boxes without a list', { path: '.', labels: 'b.json' }, { 'b.json': '[]', 'a.png': 'x' }, 'data.labels', undefined],
  ['a box of three numbers', { path: '.', labels: 'b.json' }, { 'b.json': '{"images": [\n {"file": "a.png", "boxes_xywh": []},\n {"file": "b.png", "boxes_xywh": [[1, 2, 3]]}\n]}' }, 'data.labels', 3], // prettier-ignore
  ['a face before its picture', { path: '.', labels: 'l.txt' }, { 'l.txt': '\n#\n' }, 'data.missing-file', 2],
  ['a face that is no numbers', { path: '.', labels: 'l.txt' }, { 'l.txt': '# a.png\n1 2 x 4\n' }, 'data.labels', 2],
  ['pairs without target', { path: '.', pairs: { input: '*_n.*', target: '*.*' } }, { 'a_n.png': 'x' }, 'data.pairs', undefined],
  [
    'pairs with two',
    { path: '.', pairs: { input: '*_n.*', target: '*.*' } },
    { 'a_n.png': 'x', 'a.png': 'x', 'a.bmp': 'x' },
    'data.pairs',
    undefined,
  ],
  ['an array that is none', { path: 'a.npy' }, { 'a.npy': 'x' }, 'data.npy', undefined],
  ['an archive that is none', { path: 'a.npz' }, { 'a.npz': 'x' }, 'data.npz', undefined],
] as [string, DataSource, Record<string, string>, string, number | undefined][])('refuses %s', async (_, source, files, code, line) => {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) put(folder, name, content);
  const error = await open(folder, source).then(() => undefined, (thrown: unknown) => thrown); // prettier-ignore
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect((error as { place: { file?: string; line?: number } }).place.file).toContain(folder);
  expect((error as { place: { line?: number } }).place.line).toBe(line);
});

it.each([
  ['more than the file holds', npy('<f4', [1000, 3, 4, 4], new Float32Array(48)), 'data.npy'],
  ['of another shape', npy('<f4', [1, 3, 5, 4], new Float32Array(60)), 'data.shape'],
  ['of another type', npy('|u1', [1, 3, 4, 4], new Uint8Array(48)), 'data.input-type'],
  ['big-endian', npy('>f4', [1, 3, 4, 4], new Float32Array(48)), 'data.npy'],
] as const)('refuses an array %s', async (_, bytes, code) => {
  const folder = temporaryFolder();
  put(folder, 'a.npy', bytes);
  await expect(load(folder, { path: 'a.npy' }, { input: undefined })).rejects.toMatchObject({ code });
});
