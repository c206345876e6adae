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
    // Columns of H⁻¹ at the removed rows, and the same times ((H⁻¹)_cc)⁻¹.
    const size = rows.length;
    const columns = new Float64Array(size * depth);
    rows.forEach((row, r) => columns.set(inverse.subarray(row * depth, (row + 1) * depth), r * depth));
    const own = new Float64Array(size);
    for (let i = 0; i < depth; i++) {
      if (i % 64 === 0) await pause();
      const at = i * depth;
      if (inverse[at + i] === 0) continue;
      for (let r = 0; r < size; r++) own[r] = columns[r * depth + i]!;
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let r = 0; r < size; r++) sum += own[r]! * solved[o * size + r]!;
        weights[i * outputs + o]! -= sum;
      }
      solveCholesky(factor, size, own);
      for (let r = 0; r < size; r++) {
        const share = own[r]!;
        if (share === 0) continue;
        for (let j = 0, from = r * depth; j < depth; j++) inverse[at + j]! -= share * columns[from + j]!;
      }
    }
    for (const row of rows) {
      inverse.fill(0, row * depth, (row + 1) * depth);
      for (let i = 0; i < depth; i++) inverse[i * depth + row] = 0;
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

  #factor(rows: Int32Array, pause: Pause): Promise<Float64Array> {
    const { depth } = this.problem;
    const own = new Float64Array(rows.length * rows.length);
    rows.forEach((row, r) => rows.forEach((column, c) => (own[r * rows.length + c] = this.#inverse[row * depth + column]!)));
    return cholesky(own, rows.length, Number.MIN_VALUE, pause);
  }
}
