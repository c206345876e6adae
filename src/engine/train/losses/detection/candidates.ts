import { movedBox } from '../../../data/landmarks.ts';
import type { Box } from '../../../data/types.ts';
import type { View } from '../../../evaluate/decode/view.ts';
import type { Grid } from './grid.ts';

/** What a batch's boxes are looked for in. */
export interface CandidateForm {
  readonly grid: Grid;
  /** From the picture that boxes are marked in to the grid's. Absent: it is the same. */
  readonly view?: View;
  /** Boxes that there is room for: rows. */
  readonly rows: number;
  /** Cells on every level whose middle is nearer to that of the box than this many cells, along both axes, are candidates. */
  readonly radius: number;
  /** Of each box. */
  readonly landmarks: number;
  /** Only the level that fits a box's size counts (`mostStrides`). */
  readonly byScale: boolean;
  /** Pixels; boxes with a shorter side are ignored. 0: none is. */
  readonly ignoreBelow: number;
  /** What a box counts, by class. Absent: all the same. */
  readonly classWeights?: readonly number[];
  readonly pictures: number;
}

/** Boxes of a batch and the places that may answer for them: `rows` × `each` pairs. Rows without a box have no valid pair. */
export interface Candidates {
  /** Numbers of the places through all pictures. */
  readonly places: BigInt64Array;
  /** 1: there is such a place. */
  readonly valid: Float32Array;
  /** 1: its middle lies in the box, too. Every box has one if it has any valid place. */
  readonly inside: Float32Array;
  /** Column, row and stride of each place's cell, [3, rows, each]. */
  readonly cells: Float32Array;
  /** Left, top, right and bottom in pixels, [4, rows, 1]. */
  readonly corners: Float32Array;
  readonly labels: BigInt64Array;
  /** x and y in pixels, [landmarks, 2, rows, 1]. */
  readonly points: Float32Array;
  /** 1: the point is known, [landmarks, 1, rows, 1]. */
  readonly seen: Float32Array;
  /** What each box counts, [rows, 1]. */
  readonly weights: Float32Array;
  /** 0: an ignored box lies here. Of all places, and of those of the pairs. */
  readonly counted: { readonly all: Float32Array; readonly here: Float32Array };
}

/** Cells of one level along an axis that can be within the radius. */
const spanOf = (radius: number): number => Math.ceil(2 * radius);

/** Pairs of one box. */
export const candidatesOfBox = ({ grid, radius }: Pick<CandidateForm, 'grid' | 'radius'>): number =>
  grid.levels.length * spanOf(radius) ** 2 * grid.perCell;

/** Strides that a box's side may have (in the geometric mean) on a level; larger ones are for the next: FCOS, Tian et al. 2019, arXiv:1904.01355, section 3.2, has 64 pixels at stride 8. */
const mostStrides = 8;

/** Finds the candidates for a batch's boxes, by picture. Boxes without an area are no boxes; of more than there is room for the largest stay. */
export function findCandidates(boxes: readonly (readonly Box[])[], form: CandidateForm): Candidates {
  const { rows, landmarks, grid, view, pictures, ignoreBelow, classWeights } = form;
  const each = candidatesOfBox(form);
  const found: Candidates = {
    places: new BigInt64Array(rows * each),
    valid: new Float32Array(rows * each),
    inside: new Float32Array(rows * each),
    cells: new Float32Array(3 * rows * each).fill(1),
    corners: new Float32Array(4 * rows).fill(1),
    labels: new BigInt64Array(rows),
    points: new Float32Array(2 * landmarks * rows),
    seen: new Float32Array(landmarks * rows),
    weights: new Float32Array(rows).fill(1),
    counted: { all: new Float32Array(ignoreBelow > 0 ? pictures * grid.places : 0).fill(1), here: new Float32Array(rows * each).fill(1) },
  };
  found.corners.fill(0, 0, 2 * rows);
  const real = realBoxes(view ? boxes.map((ofPicture) => ofPicture.map((box) => movedBox(box, view))) : boxes);
  const isSmall = ({ box }: PlacedBox): boolean => Math.min(box.width, box.height) < ignoreBelow;
  for (const small of real.filter(isSmall)) ignore(found.counted.all, small, grid);
  largest(
    real.filter((box) => !isSmall(box)),
    rows,
  ).forEach(({ box, picture }, row) => {
    describeBox(found, box, row, rows);
    if (classWeights) found.weights[row] = classWeights[box.label] ?? 1;
    describePlaces(found, box, { row, firstPlace: picture * grid.places, each, form });
  });
  if (ignoreBelow > 0) found.places.forEach((place, pair) => (found.counted.here[pair] = found.counted.all[Number(place)]!));
  return found;
}

interface PlacedBox {
  readonly box: Box;
  readonly picture: number;
}

const area = ({ box: { width, height } }: PlacedBox): number => width * height;

function realBoxes(boxes: readonly (readonly Box[])[]): PlacedBox[] {
  const all = boxes.flatMap((of, picture) => of.map((box): PlacedBox => ({ box, picture })));
  return all.filter(({ box }) => box.width > 0 && box.height > 0 && [box.x, box.y, box.width, box.height].every(Number.isFinite));
}

/** In their order where there are no more than `most`. */
const largest = (boxes: readonly PlacedBox[], most: number): readonly PlacedBox[] =>
  boxes.length <= most ? boxes : [...boxes].sort((a, b) => area(b) - area(a)).slice(0, most);

/** What is asked of the cells that a box touches does not count. */
function ignore(counted: Float32Array, { box, picture }: PlacedBox, { levels, perCell, places }: Grid): void {
  for (const { stride, columns, rows, first } of levels) {
    const [left, top] = [box.x, box.y].map((at) => Math.max(0, Math.floor(at / stride))) as [number, number];
    const right = Math.min(columns, Math.ceil((box.x + box.width) / stride));
    const bottom = Math.min(rows, Math.ceil((box.y + box.height) / stride));
    for (let k = 0; k < perCell; k++) {
      const map = picture * places + first + k * columns * rows;
      for (let row = top; row < bottom; row++) if (left < right) counted.fill(0, map + row * columns + left, map + row * columns + right);
    }
  }
}

function describeBox({ corners, labels, points, seen }: Candidates, box: Box, row: number, rows: number): void {
  [box.x, box.y, box.x + box.width, box.y + box.height].forEach((value, side) => (corners[side * rows + row] = value));
  labels[row] = BigInt(box.label);
  for (let i = 0; i < seen.length / rows; i++) {
    const point = box.landmarks?.[i];
    if (!point) continue;
    seen[i * rows + row] = 1;
    points[2 * i * rows + row] = point[0];
    points[(2 * i + 1) * rows + row] = point[1];
  }
}

function describePlaces(
  { places, valid, inside, cells }: Candidates,
  box: Box,
  { row, firstPlace, each, form: { grid, radius, rows, byScale } }: { row: number; firstPlace: number; each: number; form: CandidateForm },
): void {
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const span = spanOf(radius);
  const fitting = byScale ? levelFor(grid, Math.sqrt(box.width * box.height)) : undefined;
  let pair = row * each;
  let nearest: { pair: number; distance: number } | undefined;
  let any = false;
  for (const [index, { stride, columns, rows: lines, first }] of grid.levels.entries()) {
    const [left, top] = [x, y].map((middle) => Math.floor(middle / stride - radius - 0.5) + 1) as [number, number];
    const counts = fitting === undefined || fitting === index;
    for (let i = 0; i < span * span; i++) {
      const [column, line] = [left + (i % span), top + Math.floor(i / span)];
      const [dx, dy] = [(column + 0.5) * stride - x, (line + 0.5) * stride - y].map(Math.abs) as [number, number];
      const isValid = counts && column >= 0 && line >= 0 && column < columns && line < lines && Math.max(dx, dy) < radius * stride;
      const isInside = isValid && dx < box.width / 2 && dy < box.height / 2;
      for (let k = 0; k < grid.perCell; k++, pair++) {
        if (!isValid) continue;
        places[pair] = BigInt(firstPlace + first + k * columns * lines + line * columns + column);
        valid[pair] = 1;
        inside[pair] = isInside ? 1 : 0;
        [column, line, stride].forEach((value, field) => (cells[field * rows * each + pair] = value));
        any ||= isInside;
        if (!nearest || dx + dy < nearest.distance) nearest = { pair, distance: dx + dy };
      }
    }
  }
  // A box that lies between the middles of all cells still has to be found.
  if (!any && nearest) inside[nearest.pair] = 1;
}

/** The level whose range holds this side; the finest and the coarsest take what is beyond. */
function levelFor({ levels }: Grid, side: number): number {
  const ordered = levels.map(({ stride }, index) => ({ stride, index })).sort((a, b) => a.stride - b.stride);
  return (ordered.find(({ stride }) => side < mostStrides * stride) ?? ordered.at(-1)!).index;
}
