import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import type { Logger } from '../../base/context.ts';
import { openArray, readIntegers } from '../npy/array.ts';
import { pictureExtensions } from '../formats/index.ts';
import type { DataSource } from '../source.ts';
import type { Entry } from './entry.ts';
import { pairUp } from './pairs.ts';
import { contentOf, entriesOfTable, findLabelFile, isFile, readLabelFile } from './table.ts';
import { subfolders, walk } from './walk.ts';

export interface Collected {
  /** The folder that ids are relative to. */
  readonly root: string;
  readonly entries: readonly Entry[];
  readonly classes?: readonly string[];
  readonly landmarkNames?: readonly string[];
  /** The array file that `row` entries are in. */
  readonly array?: string;
}

const readable: ReadonlySet<string> = new Set([...pictureExtensions, '.npy']);

/**
 * Finds the samples of a source, all of them, in their order. `folder`: where relative paths begin. `input`: name of the model's input,
 * by which the array of an .npz is found. Throws LatheErrors `data.…` that name file and line.
 */
export async function collect(source: DataSource, folder: string, input: string, logger: Logger): Promise<Collected> {
  const place = path.resolve(folder, source.path);
  const stat = statSync(place, { throwIfNoEntry: false });
  if (!stat)
    throw new LatheError('data.path', 'there is no such file or folder', { file: place, hint: `Relative paths begin at ${folder}.` });
  checkTogether(source, stat.isDirectory(), place);
  const collected = stat.isDirectory() ? collectFolder(source, place, folder, logger) : await collectFile(source, place, folder, input);
  if (collected.entries.length > 0) return collected;
  throw new LatheError('data.empty', 'there are no pictures', { file: place, hint: `Read are ${[...readable].join(' ')}.` });
}

function checkTogether(source: DataSource, isFolder: boolean, file: string): void {
  const refuse = (message: string, hint: string): never => {
    throw new LatheError('data.source', message, { file, hint });
  };
  const { labels, pairs, split } = source;
  const table = labels !== undefined && labels !== 'folders';
  if (pairs && labels !== undefined) refuse('pairs do not go with labels', 'A pair has its target in the second file.');
  if (split !== undefined && !table)
    refuse('split needs a label file with splits', 'Give labels: labels.csv with the columns file, class and split.');
  if (!isFolder && (pairs || labels === 'folders'))
    refuse(`${pairs ? 'pairs' : 'labels: folders'} need a folder`, 'Give the folder as path.');
}

function collectFolder(source: DataSource, root: string, folder: string, logger: Logger): Collected {
  const { labels, pairs, split } = source;
  if (labels !== undefined && labels !== 'folders') {
    const labelFile = findLabelFile(labels, folder, root);
    const table = readLabelFile(labelFile);
    const { classes, landmarkNames } = table;
    const entries = entriesOfTable(table, labelFile, root, split);
    return { root, entries, classes, ...(landmarkNames ? { landmarkNames } : {}) };
  }
  const files = walk(root, readable);
  if (pairs) return { root, entries: pairUp(files, root, pairs) };
  if (labels === undefined) return { root, entries: files.map((id) => ({ id, content: contentOf(path.join(root, id)) })) };
  const classes = subfolders(root);
  const seen = new Set<number>();
  const entries = files.map((id): Entry => {
    const label = classes.indexOf(id.slice(0, id.indexOf('/')));
    if (!id.includes('/') || label < 0) {
      throw new LatheError('data.labels', 'the picture lies in no class folder', {
        file: path.join(root, id),
        hint: 'Leave out labels: folders, or sort the pictures into folders.',
      });
    }
    seen.add(label);
    return { id, content: contentOf(path.join(root, id)), label };
  });
  const empty = classes.filter((_, label) => !seen.has(label));
  if (empty.length && entries.length)
    logger.warn(`class folders without pictures, which count as classes all the same: ${empty.join(', ')}`, { folder: root });
  return { root, entries, classes };
}

async function collectFile(source: DataSource, file: string, folder: string, input: string): Promise<Collected> {
  const root = path.dirname(file);
  const ending = path.extname(file).toLowerCase();
  if (ending === '.npy' || ending === '.npz') return collectArray(source, file, folder, input);
  if (source.labels !== undefined) {
    throw new LatheError('data.source', 'labels need a folder as path', {
      file,
      hint: 'A label file lists its own pictures; give their folder as path.',
    });
  }
  if (pictureExtensions.has(ending)) return { root, entries: [{ id: path.basename(file), content: contentOf(file) }] };
  return { root, entries: readList(file, root) };
}

/** A text file of paths, one a line, relative to the file's folder. */
function readList(list: string, root: string): Entry[] {
  return readListedFiles(list).map((file) => ({
    id: path.relative(root, file).replaceAll(path.sep, '/'),
    content: contentOf(file),
  }));
}

/** Absolute paths of the files that a list names, in its order. Throws `data.source`, `data.missing-file`, `data.duplicate-file` with the line. */
export function readListedFiles(list: string): string[] {
  const root = path.dirname(list);
  const lines = new Map<string, number>();
  readFileSync(list, 'utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((content, i) => {
      const name = content.trim();
      if (name === '') return;
      const place = { file: list, line: i + 1 };
      if (name.includes('\0') || name.length > 4096) throw new LatheError('data.source', 'this is no list of paths', place);
      const file = path.resolve(root, name);
      if (!isFile(file))
        throw new LatheError('data.missing-file', `there is no file ${name}`, { ...place, hint: `Paths are relative to ${root}.` });
      const before = lines.get(file);
      if (before !== undefined) throw new LatheError('data.duplicate-file', `${name} stands in line ${before} already`, place);
      lines.set(file, i + 1);
    });
  return [...lines.keys()];
}

async function collectArray(source: DataSource, file: string, folder: string, input: string): Promise<Collected> {
  const array = await openArray(file, input);
  const { rows } = array;
  const labels =
    source.labels === undefined ? await array.labels() : await readIntegers(findLabelFile(source.labels, folder, path.dirname(file)));
  await array.close();
  if (labels && labels.length !== rows) {
    throw new LatheError('data.labels', `there are ${labels.length} labels for ${rows} samples`, { file });
  }
  const digits = String(rows - 1).length;
  const entries = Array.from({ length: rows }, (_, index): Entry => {
    const label = labels?.[index];
    if (label !== undefined && label < 0)
      throw new LatheError('data.labels', `label ${index} is ${label}`, { file, hint: 'Classes are whole numbers from 0.' });
    return { id: `${path.basename(file)}[${String(index).padStart(digits, '0')}]`, content: { kind: 'row', index }, label };
  });
  return { root: path.dirname(file), entries, array: file };
}
