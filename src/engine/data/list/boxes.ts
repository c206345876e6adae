import { LineCounter, isSeq, parseDocument } from 'yaml';
import { LatheError } from '../../base/errors.ts';
import { faceLandmarks } from '../landmarks.ts';
import type { Box } from '../types.ts';
import type { LabelRow, LabelTable } from './entry.ts';

/**
 * Boxes from `{ images: [{ file, boxes_xywh: [[x, y, width, height]…], labels?, landmarks?, split? }], landmark_names? }`, pixels of the
 * picture as stored. `landmarks` has for each box its points, `[x, y]` or `[x, y, visible]`, or null.
 */
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
  const names = landmarkNamesOf(root as Record<string, unknown>, file);
  const lines = imageLines(text, images.length);
  const points = new PointReader(names?.length);
  const rows = images.map((image: unknown, i): LabelRow => {
    const fail = (message: string): LatheError => new LatheError('data.labels', `images[${i}]: ${message}`, { file, line: lines(i) });
    if (!isObject(image) || typeof image['file'] !== 'string') throw fail('there is no "file"');
    const { boxes_xywh: boxes, labels = [], landmarks = [], split } = image;
    if (!Array.isArray(boxes) || !Array.isArray(labels)) throw fail('there is no list "boxes_xywh"');
    if (!Array.isArray(landmarks) || landmarks.length > boxes.length)
      throw fail('"landmarks" is no list of as many entries as there are boxes');
    if (split !== undefined && typeof split !== 'string') throw fail('"split" is no text');
    const read = boxes.map((box: unknown, k): Box => {
      if (!Array.isArray(box) || box.length !== 4 || !box.every((value) => Number.isFinite(value)))
        throw fail(`box ${k} is not [x, y, width, height]`);
      const failBox = (message: string): LatheError => fail(`box ${k} ${message}`);
      const known = points.read((landmarks as unknown[])[k], failBox);
      return { ...checkedBox(box as number[], (labels as unknown[])[k], failBox), ...(known ? { landmarks: known } : {}) };
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
  const hasSplits = images.some((image) => isObject(image) && image['split'] !== undefined);
  return { rows, hasSplits, ...(names ? { landmarkNames: names } : {}) };
}

/** More points are no landmarks of anything. */
const mostLandmarks = 1000;

function landmarkNamesOf({ landmark_names: names }: Record<string, unknown>, file: string): string[] | undefined {
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.length <= mostLandmarks && names.every((name) => typeof name === 'string')) return names as string[];
  throw new LatheError('data.labels', '"landmark_names" is no list of names', {
    file,
    hint: 'For instance ["left eye", "right eye", "nose"].',
  });
}

/** Landmarks of one file's boxes, each of the same number. */
class PointReader {
  #count: number | undefined;

  constructor(count: number | undefined) {
    this.#count = count;
  }

  read(landmarks: unknown, fail: (message: string) => LatheError): NonNullable<Box['landmarks']> | undefined {
    if (landmarks === undefined || landmarks === null) return undefined;
    if (!Array.isArray(landmarks) || landmarks.length > mostLandmarks) throw fail('has landmarks that are no list of points');
    this.#count ??= landmarks.length;
    if (landmarks.length !== this.#count) throw fail(`has ${landmarks.length} landmarks, others have ${this.#count}`);
    return landmarks.map((point: unknown, i) => {
      if (point === null) return null;
      if (!Array.isArray(point) || (point.length !== 2 && point.length !== 3) || !point.every((value) => Number.isFinite(value)))
        throw fail(`has a landmark ${i} that is not [x, y] or [x, y, visible]`);
      const [x, y, visible = 1] = point as number[];
      return visible > 0 ? [x!, y!] : null;
    });
  }
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

/** Points of a face in RetinaFace's text, three numbers each: x, y, and whether it is hidden; -1 where there is none. */
const facePoints = 5;

/**
 * Boxes from RetinaFace's annotation text (WIDER FACE): a line `# file`, then a line a face: x y width height, then perhaps five points and
 * how blurred it is. Faces without an area, which that data has, are left out.
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
    const values = line
      .split(/\s+/)
      .slice(0, 4 + 3 * facePoints)
      .map(Number);
    const current = rows[rows.length - 1];
    if (!current) throw new LatheError('data.labels', 'a face stands before the first picture', place);
    if (values.length < 4 || !values.slice(0, 4).every(Number.isFinite))
      throw new LatheError('data.labels', 'four numbers are expected', place);
    const [x, y, width, height] = values as [number, number, number, number];
    if (!(width > 0 && height > 0)) return;
    const landmarks = values.length === 4 + 3 * facePoints ? landmarksOf(values.slice(4)) : undefined;
    current.boxes.push({ x, y, width, height, label: 0, ...(landmarks ? { landmarks } : {}) });
  });
  return { rows, hasSplits: false, landmarkNames: faceLandmarks };
}

/** Undefined where the face has none. */
function landmarksOf(values: readonly number[]): NonNullable<Box['landmarks']> | undefined {
  const points = Array.from({ length: facePoints }, (_, i) => {
    const [x, y] = [values[3 * i]!, values[3 * i + 1]!];
    return Number.isFinite(x) && Number.isFinite(y) && x >= 0 && y >= 0 ? ([x, y] as const) : null;
  });
  return points.some((point) => point) ? points : undefined;
}
