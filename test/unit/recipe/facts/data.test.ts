import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { walk } from '../../../../src/engine/data/list/walk.ts';
import { countFiles } from '../../../../src/engine/recipe/facts/count-files.ts';
import { dataFacts } from '../../../../src/engine/recipe/facts/data.ts';
import { sharedFiles } from '../../../../src/engine/recipe/facts/path-prints.ts';
import type { DataFacts } from '../../../../src/engine/recipe/facts/types.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-data-facts-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...parts: string[]): string => path.join(folder, ...parts);
function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  }
}

/** Facts without their hashes of paths. */
async function factsOf(place: string, labels?: string): Promise<DataFacts> {
  const { prints: _, ...facts } = await dataFacts({ path: at(place), folder, ...(labels === undefined ? {} : { labels }) });
  return facts;
}

/** A NumPy array file of format 1.0. */
function npy(descr: string, shape: readonly number[], data: Uint8Array): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), data]);
}

/** A zip archive as numpy.savez_compressed writes it; checksums are nobody's business here. */
function npz(members: Readonly<Record<string, Buffer>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    parts.push(local, Buffer.from(name), packed);
    offset += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

describe('facts of data', () => {
  test.each<[name: string, files: Record<string, string | Uint8Array>, place: string, labels: string | undefined, wanted: object]>([
    ['a folder', { 'p/a.png': '', 'p/q/b.JPG': '', 'p/c.txt': '', 'p/.d.png': '' }, 'p', undefined, { kind: 'folder', count: 2 }],
    ['class folders', { 'p/dog/a.png': '', 'p/cat/b.png': '', 'p/cat/c.png': '' }, 'p', 'folders', { kind: 'labels', count: 3, classes: ['cat', 'dog'], largestLabel: 1 }],
    ['a table of names beside the recipe', { 'p/a.png': '', 'l.csv': 'file,class\na.png,dog\nb.png,cat\n' }, 'p', 'l.csv', { kind: 'labels', count: 2, classes: ['cat', 'dog'], largestLabel: 1 }],
    ['a table with splits in the data', { 'p/l.csv': 'file,class,split\na.png,7,train\nb.png,2,test\nc.png,1,test\n' }, 'p', 'l.csv', { kind: 'labels', count: 3, largestLabel: 7, splits: { train: 1, test: 2 } }],
    ['boxes', { 'p/b.json': '{"images":[{"file":"a.png","boxes_xywh":[[0,0,2,2],[1,1,2,2]],"labels":[0,4]}]}' }, 'p', 'b.json', { kind: 'boxes', count: 1, largestLabel: 4 }],
    ['a list of paths', { 'l.txt': 'a.png\n\nsub/b.png\n', 'a.png': '', 'sub/b.png': '' }, 'l.txt', undefined, { kind: 'list', count: 2 }],
    ['one picture', { 'a.png': '' }, 'a.png', undefined, { kind: 'list', count: 1 }],
    ['an array', { 'x.npy': npy('<f4', [3, 1, 2], new Uint8Array(24)) }, 'x.npy', undefined, { kind: 'arrays', count: 3, shape: [1, 2] }],
    ['an array with labels', { 'x.npy': npy('|u1', [3, 1], new Uint8Array(3)), 'y.npy': npy('|u1', [3], Uint8Array.of(0, 9, 1)) }, 'x.npy', 'y.npy', { kind: 'arrays', count: 3, shape: [1], largestLabel: 9 }],
    ['a packed archive', { 'd.npz': npz({ 'x.npy': npy('<f4', [1000, 8], new Uint8Array(32000)), 'y.npy': npy('|u1', [3], Uint8Array.of(0, 5, 1)) }) }, 'd.npz', undefined, { kind: 'arrays', count: 1000, shape: [8], largestLabel: 5 }],
  ])('%s', async (_, files, place, labels, wanted) => {
    write(files);
    expect(await factsOf(place, labels)).toEqual({ path: at(place), ...wanted });
  }); // prettier-ignore

  test.each<[name: string, files: Record<string, string | Uint8Array>, place: string, labels: string | undefined, code: string]>([
    ['nothing there', {}, 'p', undefined, 'data.path'],
    ['no pictures', { 'p/a.txt': '' }, 'p', undefined, 'data.empty'],
    ['no such label file', { 'p/a.png': '' }, 'p', 'l.csv', 'data.labels'],
    ['a table without classes', { 'p/a.png': '', 'p/l.csv': 'file\na.png\n' }, 'p', 'l.csv', 'data.labels'],
    ['a list that names nothing', { 'l.txt': 'a.png\n' }, 'l.txt', undefined, 'data.missing-file'],
    ['an array cut off', { 'x.npy': npy('<f4', [3, 1, 2], new Uint8Array(20)) }, 'x.npy', undefined, 'data.npy'],
    ['an archive of two arrays', { 'd.npz': npz({ 'a.npy': npy('|u1', [1], new Uint8Array(1)), 'b.npy': npy('|u1', [1], new Uint8Array(1)) }) }, 'd.npz', undefined, 'data.npz'],
    ['an archive that is none', { 'd.npz': 'PK' }, 'd.npz', undefined, 'data.npz'],
  ])('%s: the reason', async (_, files, place, labels, code) => {
    write(files);
    await expect(factsOf(place, labels)).rejects.toMatchObject({ code });
  }); // prettier-ignore

  test('files that two sources share are counted by their paths', async () => {
    write({ 'p/a.png': '', 'p/b.png': '', 'p/c.png': '', 'l.txt': 'p/b.png\np/../p/c.png\nd.png\n', 'd.png': '' });
    const [all, some] = [await dataFacts({ path: at('p'), folder }), await dataFacts({ path: at('l.txt'), folder })];
    expect(sharedFiles(all, some)).toBe(2);
    expect(sharedFiles(all, { path: '', kind: 'arrays', count: 9 })).toBeUndefined();
  });
});

describe('counting', () => {
  const endings = new Set(['.png']);

  test('ends at its limit, and says so', () => {
    write(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`p/${i}.png`, ''])));
    expect(countFiles(at('p'), endings, { entries: 10, followLinks: true })).toMatchObject({ more: true, files: { length: 10 } });
    expect(countFiles(at('p'), endings, { followLinks: true })).toMatchObject({ more: false, files: { length: 30 } });
    write({ 'p/q/r/deep.png': '' });
    expect(countFiles(at('p'), endings, { depth: 2, followLinks: true })).toMatchObject({ more: true, files: { length: 30 } });
  });

  test('follows links as a run does, not back into where they lie, and those to nothing nowhere', () => {
    write({ 'p/a.png': '', 'q/b.png': '' });
    symlinkSync(at('p'), at('p', 'again'));
    symlinkSync(at('q'), at('p', 'other'));
    symlinkSync(at('q'), at('p', 'another'));
    symlinkSync(at('nowhere'), at('p', 'lost.png'));
    symlinkSync(at('q', 'b.png'), at('p', 'link.png'));
    expect(countFiles(at('p'), endings, { followLinks: true }).files.length).toBe(walk(at('p'), endings).length);
    expect(countFiles(at('p'), endings, { followLinks: false }).files).toEqual([at('p', 'a.png')]);
  });
});
