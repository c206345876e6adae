import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import { readListedFiles } from '../../data/list/collect.ts';
import { findLabelFile, readLabelFile } from '../../data/list/table.ts';
import { describeArray, readIntegers } from '../../data/npy/array.ts';
import { pictureExtensions } from '../../data/formats/index.ts';
import { countFiles, type FolderCount } from './count-files.ts';
import { pathPrints } from './path-prints.ts';
import type { DataFacts } from './types.ts';

/** A source as a recipe names it. */
export interface DataPlace {
  /** Absolute. */
  readonly path: string;
  readonly labels?: string;
  /** Where label files are looked for first: the recipe's folder. */
  readonly folder: string;
  /** Folders behind symbolic links are left out: they may lie anywhere. */
  readonly ownFilesOnly?: boolean;
}

const readable: ReadonlySet<string> = new Set([...pictureExtensions, '.npy']);

/** Bytes of a label file or list that is read just to be counted. */
const largestTable = 64 * 2 ** 20;

/** Looks at a data source without opening a picture. Throws the LatheErrors `data.…` that a run would throw, `data.too-large` for label files. */
export async function dataFacts(place: DataPlace): Promise<DataFacts> {
  const stat = statSync(place.path, { throwIfNoEntry: false });
  if (!stat) throw new LatheError('data.path', 'there is no such file or folder', { file: place.path });
  if (!stat.isDirectory() && !stat.isFile()) throw new LatheError('data.path', 'this is neither a file nor a folder', { file: place.path });
  const facts = stat.isDirectory() ? folderFacts(place) : await fileFacts(place);
  if (facts.count > 0) return facts;
  throw new LatheError('data.empty', 'there are no pictures', { file: place.path, hint: `Read are ${[...readable].join(' ')}.` });
}

function folderFacts(place: DataPlace): DataFacts {
  const { path: root, labels, folder } = place;
  if (labels !== undefined && labels !== 'folders') return tableFacts(root, findLabelFile(labels, folder, root));
  const found = countFiles(root, readable, { followLinks: !place.ownFilesOnly });
  const facts = { path: root, count: found.files.length, ...(found.more ? { more: true } : {}), ...printsOf(found) };
  if (labels === undefined) return { ...facts, kind: 'folder' };
  return { ...facts, kind: 'labels', classes: found.folders, largestLabel: found.folders.length - 1 };
}

const printsOf = ({ files, more }: FolderCount): Pick<DataFacts, 'prints'> => (more ? {} : pathPrints(files));

function tableFacts(root: string, file: string): DataFacts {
  checkSize(file);
  const { rows, classes } = readLabelFile(file);
  const hasBoxes = rows.some(({ boxes }) => boxes !== undefined);
  const splits = new Map<string, number>();
  for (const { split } of rows) if (split !== undefined) splits.set(split, (splits.get(split) ?? 0) + 1);
  const labels = rows.flatMap(({ label, boxes }) => (boxes ? boxes.map((box) => box.label) : (label ?? [])));
  return {
    path: root,
    kind: hasBoxes ? 'boxes' : 'labels',
    count: rows.length,
    ...(classes ? { classes } : {}),
    ...largest(labels),
    ...(splits.size ? { splits: Object.fromEntries(splits) } : {}),
    ...(splits.size ? {} : pathPrints(rows.map((row) => path.resolve(root, row.file.replaceAll('\\', '/'))))),
  };
}

async function fileFacts(place: DataPlace): Promise<DataFacts> {
  const { path: file, labels, folder } = place;
  const ending = path.extname(file).toLowerCase();
  if (ending === '.npy' || ending === '.npz') return arrayFacts(file, labels, folder);
  if (pictureExtensions.has(ending)) return { path: file, kind: 'list', count: 1, ...pathPrints([file]) };
  checkSize(file);
  const files = place.ownFilesOnly ? namedFiles(file) : readListedFiles(file);
  return { path: file, kind: 'list', count: files.length, ...pathPrints(files) };
}

/** Lines of a list, without looking for the files: they may lie anywhere. */
function namedFiles(list: string): string[] {
  const names = readFileSync(list, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim());
  return names.filter((name) => name !== '').map((name) => path.resolve(path.dirname(list), name));
}

async function arrayFacts(file: string, labels: string | undefined, folder: string): Promise<DataFacts> {
  const { rows, shape, labels: own } = await describeArray(file);
  const classes = labels === undefined ? own : await readIntegers(findLabelFile(labels, folder, path.dirname(file)));
  return { path: file, kind: 'arrays', count: rows, shape, ...largest(classes ?? []) };
}

function checkSize(file: string): void {
  const { size } = statSync(file);
  if (size <= largestTable) return;
  throw new LatheError('data.too-large', `the file has ${size} bytes, too many to be counted while a recipe is written`, { file });
}

function largest(labels: readonly number[]): Pick<DataFacts, 'largestLabel'> {
  let most = -1;
  for (const label of labels) most = Math.max(most, label);
  return most < 0 ? {} : { largestLabel: most };
}
