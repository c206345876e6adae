/** Rows of a metric as they come in: by width, layer and picture. */
export class Rows {
  /** Positions in the dataset of the pictures that were measured. */
  readonly samples: number[] = [];
  readonly layers: unknown[][][];
  readonly base: unknown[][];

  constructor(widths: number, layers: number, bases: number) {
    this.layers = Array.from({ length: widths }, () => Array.from({ length: layers }, () => []));
    this.base = Array.from({ length: bases }, () => []);
  }
}
