import { LineCounter, isSeq, parseDocument } from 'yaml';
import { LatheError } from '../../base/errors.ts';
import type { Box } from '../types.ts';
import type { LabelRow, LabelTable } from './entry.ts';

/** Boxes from `{ images: [{ file, boxes_xywh: [[x, y, width, height]…], labels?, split? }] }`, pixels of the picture as stored. */
export function readBoxesJson(text: string, file: string): LabelTable {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new LatheError('data.labels', `not JSON: ${(cause as Error).message}`, { file, cause });
  }
  const images = isObject(root) ? root['images'] : undefined;
  if (!Array.isArray(images)) {
    throw new LatheError('data.labels', 'there is no list "images"', {
      file,
      hint: 'The form is {"images": [{"file": "a.jpg", "boxes_xywh": [[x, y, width, height]]}]}.',
    });
  }
  const lines = imageLines(text, images.length);
  const rows = images.map((image: unknown, i): LabelRow => {
    const fail = (message: string): LatheError => new LatheError('data.labels', `images[${i}]: ${message}`, { file, line: lines(i) });
    if (!isObject(image) || typeof image['file'] !== 'string') throw fail('there is no "file"');
    const { boxes_xywh: boxes, labels = [], split } = image;
    if (!Array.isArray(boxes) || !Array.isArray(labels)) throw fail('there is no list "boxes_xywh"');
    if (split !== undefined && typeof split !== 'string') throw fail('"split" is no text');
    const read = boxes.map((box: unknown, k): Box => {
      if (!Array.isArray(box) || box.length !== 4 || !box.every((value) => Number.isFinite(value)))
        throw fail(`box ${k} is not [x, y, width, height]`);
      return checkedBox(box as number[], (labels as unknown[])[k], (message) => fail(`box ${k} ${message}`));
    });
    return {
      file: image['file'],
      get line() {
        return lines(i) ?? 1;
      },
      boxes: read,
      split,
    };
  });
  return { rows, hasSplits: images.some((image) => isObject(image) && image['split'] !== undefined) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function checkedBox(values: readonly number[], label: unknown, fail: (message: string) => LatheError): Box {
  const [x, y, width, height] = values as [number, number, number, number];
  if (width <= 0 || height <= 0) throw fail(`is ${width} wide and ${height} high`);
  if (label !== undefined && !(Number.isInteger(label) && (label as number) >= 0)) throw fail(`has the label ${JSON.stringify(label)}`);
  return { x, y, width, height, label: (label as number | undefined) ?? 0 };
}

/** Line of the n-th image, found only when a message needs it: JSON is YAML, whose parser knows places. */
function imageLines(text: string, count: number): (index: number) => number | undefined {
  let known: (number | undefined)[] | undefined;
  return (index) => {
    if (!known) {
      const counter = new LineCounter();
      const images: unknown = parseDocument(text, { lineCounter: counter }).get('images');
      const items = isSeq(images) ? images.items : [];
      known = Array.from({ length: count }, (_, i) => {
        const range = (items[i] as { range?: [number, number, number] | null } | undefined)?.range;
        return range ? counter.linePos(range[0]).line : undefined;
      });
    }
    return known[index];
  };
}

/**
 * Boxes from RetinaFace's annotation text (WIDER FACE): a line `# file`, then a line a face: x y width height and landmarks, which are
 * left alone. Faces without an area, which that data has, are left out.
 */
export function readRetinaFace(text: string, file: string): LabelTable {
  const rows: { file: string; line: number; boxes: Box[] }[] = [];
  text.split(/\r?\n/).forEach((content, i) => {
    const line = content.trim();
    if (line === '') return;
    const place = { file, line: i + 1, hint: 'The form is "# picture.jpg", then "x y width height …" for each face.' };
    if (line.startsWith('#')) {
      rows.push({ file: line.slice(1).trim(), line: i + 1, boxes: [] });
      return;
    }
    const values = line.split(/\s+/).slice(0, 4).map(Number);
    const current = rows[rows.length - 1];
    if (!current) throw new LatheError('data.labels', 'a face stands before the first picture', place);
    if (values.length < 4 || !values.every(Number.isFinite)) throw new LatheError('data.labels', 'four numbers are expected', place);
    const [x, y, width, height] = values as [number, number, number, number];
    if (width > 0 && height > 0) current.boxes.push({ x, y, width, height, label: 0 });
  });
  return { rows, hasSplits: false };
}
