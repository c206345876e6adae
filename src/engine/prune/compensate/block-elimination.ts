import { cholesky, invertCholesky, solveCholesky, type Pause } from '../../layerwise/cholesky.ts';

/** A quadratic form in the weights of one product: tr((W - W0)ᵀ H (W - W0)), least at W0. */
export interface EliminationProblem {
  /** H, [depth, depth]: positive definite. */
  readonly moments: Float64Array;
  /** W0, [depth, outputs]. */
  readonly weights: Float64Array;
  readonly depth: number;
  readonly outputs: number;
  /** By channel: its rows of W. Rows that belong to none stay. */
  readonly blocks: readonly Int32Array[];
  /** The error is told as a multiple of this. */
  readonly scale: number;
}

/**
 * Takes channels out of a product one by one, the others making up for each by least squares (Optimal Brain Surgeon, Hassibi and Stork 1993, for blocks of
 * weights as in arXiv:2208.11580): the error of removing the rows c is tr(W_cᵀ ((H⁻¹)_cc)⁻¹ W_c), exactly, and W and H⁻¹ stay those of the
 * problem without them. Memory: 8 * depth * (depth + outputs) bytes.
 */
export class BlockElimination {
  /** H⁻¹: the lower triangle is kept up, what stands above it is not read. Rows and columns that are gone are 0. */
  readonly #inverse: Float64Array;
  readonly #weights: Float64Array;

  private constructor(
    readonly problem: EliminationProblem,
    inverse: Float64Array,
  ) {
    this.#inverse = inverse;
    this.#weights = problem.weights.slice();
  }

  static async of(problem: EliminationProblem, pause: Pause): Promise<BlockElimination> {
    const factor = await cholesky(problem.moments, problem.depth, Number.MIN_VALUE, pause);
    return new BlockElimination(problem, await invertCholesky(factor, problem.depth, pause));
  }

  /** What removing the channel next would add to the error. */
  async cost(channel: number, pause: Pause): Promise<number> {
    const { outputs, scale } = this.problem;
    const rows = this.problem.blocks[channel]!;
    if (rows.length === 0) return 0;
    const solved = await this.#solved(rows, pause);
    let sum = 0;
    rows.forEach((row, r) => {
      for (let o = 0; o < outputs; o++) sum += this.#weights[row * outputs + o]! * solved[o * rows.length + r]!;
    });
    return Math.max(0, sum) / scale;
  }

  /** Removes the channel and folds it into the others. */
  async remove(channel: number, pause: Pause): Promise<void> {
    const { depth, outputs } = this.problem;
    const rows = this.problem.blocks[channel]!;
    if (rows.length === 0) return;
    const solved = await this.#solved(rows, pause);
    const inverse = this.#inverse;
    const weights = this.#weights;
    const factor = await this.#factor(rows, pause);
    // Columns of H⁻¹ at the removed rows, [depth, rows].
    const size = rows.length;
    const columns = new Float64Array(depth * size);
    for (let i = 0; i < depth; i++) for (let r = 0; r < size; r++) columns[i * size + r] = this.#entry(i, rows[r]!);
    const own = new Float64Array(size);
    for (let i = 0; i < depth; i++) {
      if (i % 64 === 0) await pause();
      if (inverse[i * depth + i] === 0) continue;
      own.set(columns.subarray(i * size, (i + 1) * size));
      for (let o = 0; o < outputs; o++) weights[i * outputs + o]! -= dot(own, solved, o * size);
      solveCholesky(factor, size, own);
      subtractProducts(inverse, i * depth, i + 1, own, columns);
    }
    for (const row of rows) {
      inverse.fill(0, row * depth, row * depth + row + 1);
      for (let i = row + 1; i < depth; i++) inverse[i * depth + row] = 0;
      weights.fill(0, row * outputs, (row + 1) * outputs);
    }
  }

  /** W as it stands, [depth, outputs]. */
  get weights(): Float64Array {
    return this.#weights;
  }

  /** ((H⁻¹)_cc)⁻¹ W_c, output by output. */
  async #solved(rows: Int32Array, pause: Pause): Promise<Float64Array> {
    const { outputs } = this.problem;
    const factor = await this.#factor(rows, pause);
    const solved = new Float64Array(outputs * rows.length);
    for (let o = 0; o < outputs; o++) {
      const at = solved.subarray(o * rows.length, (o + 1) * rows.length);
      rows.forEach((row, r) => (at[r] = this.#weights[row * outputs + o]!));
      solveCholesky(factor, rows.length, at);
    }
    return solved;
  }

  /** Of H⁻¹. */
  #entry(row: number, column: number): number {
    const { depth } = this.problem;
    return this.#inverse[row >= column ? row * depth + column : column * depth + row]!;
  }

  #factor(rows: Int32Array, pause: Pause): Promise<Float64Array> {
    const own = new Float64Array(rows.length * rows.length);
    rows.forEach((row, r) => rows.forEach((column, c) => (own[r * rows.length + c] = this.#entry(row, column))));
    return cholesky(own, rows.length, Number.MIN_VALUE, pause);
  }
}

function dot(a: Float64Array, b: Float64Array, at: number): number {
  let sum = 0;
  for (let r = 0; r < a.length; r++) sum += a[r]! * b[at + r]!;
  return sum;
}

/** Takes the products of the factors with rows of `columns` off the first `count` elements at `at`: four factors a pass, since passing over the matrix is what costs. */
function subtractProducts(matrix: Float64Array, at: number, count: number, factors: Float64Array, columns: Float64Array): void {
  const size = factors.length;
  let r = 0;
  for (; r + 4 <= size; r += 4) {
    const [a, b, c, d] = [factors[r]!, factors[r + 1]!, factors[r + 2]!, factors[r + 3]!];
    for (let j = 0, from = r; j < count; j++, from += size) {
      matrix[at + j]! -= a * columns[from]! + b * columns[from + 1]! + c * columns[from + 2]! + d * columns[from + 3]!;
    }
  }
  for (; r < size; r++) {
    const a = factors[r]!;
    for (let j = 0, from = r; j < count; j++, from += size) matrix[at + j]! -= a * columns[from]!;
  }
}
