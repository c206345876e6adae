import { LatheError } from '../../../../base/errors.ts';
import type { LossSite } from '../../loss.ts';
import type { Algebra } from '../algebra.ts';
import type { Grid, PictureSize } from '../grid.ts';
import type { Corners } from '../overlaps/overlap.ts';

/** Where a place's cell lies: column, row and stride, of one shape. */
export interface Cells {
  readonly column: string;
  readonly row: string;
  readonly stride: string;
}

/** What a detector answers to a batch, as losses see it: one row a place, those of all pictures one behind the other. */
export interface Head {
  readonly pictures: number;
  readonly grid: Grid;
  readonly classes: number;
  /** Log odds of the classes, [pictures · places, classes]. */
  readonly scores: string;
  /** Log odds that there is an object, [pictures · places, 1]. Absent: the classes say it. */
  readonly objects?: string;
  /** [pictures · places, 4], for `corners`. */
  readonly boxes: string;
  /** What the four fields of a box say, in pixels. */
  corners(algebra: Algebra, fields: readonly [string, string, string, string], cells: Cells): Corners;
  /** x and y of each landmark from the cell's upper left corner, in strides, [pictures · places, 2 · count]. */
  readonly landmarks?: { readonly count: number; readonly values: string };
}

export interface HeadSite {
  readonly site: LossSite;
  readonly algebra: Algebra;
  readonly size: PictureSize;
}

/** Finds the answers of one kind of detector among the outputs. Throws `training.decode`. */
export type HeadReader = (request: HeadSite) => Head;

/** The model's outputs are not those of the detector that `decode` names. */
export const notSuch = (kind: string, message: string, file: string | undefined): LatheError =>
  new LatheError('training.decode', `decode: ${kind} does not fit the model: ${message}`, {
    file,
    hint: 'Choose another decode.kind for the pictures: yunet, yolov5 or yolov8.',
  });
