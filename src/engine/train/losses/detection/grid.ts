/** Cells of one size, row by row. */
export interface Level {
  /** Side of a cell in pixels of the picture. */
  readonly stride: number;
  readonly columns: number;
  readonly rows: number;
  /** Number of its first place. */
  readonly first: number;
}

/** The places of a picture where a detector answers: one or several in each cell (`perCell`: those of a level one behind the other, whole maps). */
export interface Grid {
  readonly levels: readonly Level[];
  readonly perCell: number;
  readonly places: number;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Cells of these strides, what is left of a picture at its right and lower edge dropped. */
export function gridOf(
  strides: readonly number[],
  { width, height }: PictureSize,
  perCell = 1,
  round: (x: number) => number = Math.floor,
): Grid {
  let places = 0;
  const levels = strides.map((stride): Level => {
    const [columns, rows] = [round(width / stride), round(height / stride)];
    const level = { stride, columns, rows, first: places };
    places += columns * rows * perCell;
    return level;
  });
  return { levels, perCell, places };
}

/** Strides of detectors: those of YOLO and its kin first, then other runs of doublings. */
const usual: readonly (readonly number[])[] = [
  [8, 16, 32],
  ...[2, 3, 4, 1, 5].flatMap((count) => [8, 16, 4, 32, 64, 2].map((finest) => Array.from({ length: count }, (_, i) => finest * 2 ** i))),
];

/** The grid that has so many places; undefined: none of the usual ones. */
export const gridWith = (places: number, size: PictureSize, perCell: readonly number[]): Grid | undefined =>
  usual
    .flatMap((strides) => perCell.flatMap((each) => [Math.floor, Math.ceil].map((round) => gridOf(strides, size, each, round))))
    .find((grid) => grid.places === places);
