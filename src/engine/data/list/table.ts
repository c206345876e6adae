import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import { readBoxesJson, readRetinaFace } from './boxes.ts';
import { readCsv } from './csv.ts';
import type { Entry, LabelTable } from './entry.ts';

/** Reads a label file by its ending. Throws `data.labels`. */
export function readLabelFile(file: string): LabelTable {
  const text = readFileSync(file, 'utf8');
  const ending = path.extname(file).toLowerCase();
  if (ending === '.csv') return readCsv(text, file);
  if (ending === '.json') return readBoxesJson(text, file);
  if (text.trimStart().startsWith('#')) return readRetinaFace(text, file);
  throw new LatheError('data.labels', 'labels are read from .csv, .json and RetinaFace text', {
    file,
    hint: 'RetinaFace text begins with a line "# picture.jpg".',
  });
}

/** Where a label file is: beside the recipe, then in the data's folder. Throws `data.labels` naming both places. */
export function findLabelFile(labels: string, folder: string, dataFolder: string): string {
  const places = [path.resolve(folder, labels), path.resolve(dataFolder, labels)];
  const found = places.find((place) => existsSync(place));
  if (found) return found;
  throw new LatheError('data.labels', `there is no label file ${labels}`, {
    file: places[0],
    hint: `Looked for ${[...new Set(places)].join(' and ')}. For class folders write labels: folders.`,
  });
}

/**
 * The samples a label file names, in its order, only those of `split`. Files are relative to the data's folder, or else to the label
 * file's. Throws `data.labels` for missing and repeated files, with file and line.
 */
export function entriesOfTable(table: LabelTable, labelFile: string, dataFolder: string, split: string | undefined): Entry[] {
  if (split !== undefined && !table.hasSplits) {
    throw new LatheError('data.split', `split: ${split} is asked for, but the label file has no split`, { file: labelFile });
  }
  const lines = new Map<string, number>();
  const entries: Entry[] = [];
  for (const row of table.rows) {
    if (split !== undefined && row.split !== split) continue;
    const name = path.posix.normalize(row.file.replaceAll('\\', '/'));
    const file = [dataFolder, path.dirname(labelFile)].map((base) => path.resolve(base, name)).find(isFile);
    if (file === undefined) {
      const hint = `Files are looked for in ${dataFolder}${path.dirname(labelFile) === dataFolder ? '' : ` and ${path.dirname(labelFile)}`}.`;
      throw new LatheError('data.missing-file', `there is no file ${row.file}`, { file: labelFile, line: row.line, hint });
    }
    const before = lines.get(file);
    if (before !== undefined) {
      throw new LatheError('data.duplicate-file', `${row.file} stands in line ${before} already`, { file: labelFile, line: row.line });
    }
    lines.set(file, row.line);
    const ofSplit = row.split ? { split: row.split } : {};
    entries.push({ id: name, content: contentOf(file), label: row.label, boxes: row.boxes, ...ofSplit });
  }
  if (entries.length === 0 && split !== undefined) {
    const known = [...new Set(table.rows.map((row) => row.split))].filter((name) => name).join(', ');
    throw new LatheError('data.split', `no row has the split ${split}`, { file: labelFile, hint: `There are: ${known}.` });
  }
  return entries;
}

export const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

export const contentOf = (file: string): Entry['content'] =>
  path.extname(file).toLowerCase() === '.npy' ? { kind: 'tensor', file } : { kind: 'picture', file };
