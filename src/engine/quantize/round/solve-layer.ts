import type { Context } from '../../base/context.ts';
import type { Pause } from '../../layerwise/cholesky.ts';
import { pauses } from '../../layerwise/pause.ts';
import type { SecondMoment } from '../../statistics/second-moment.ts';
import { lossOf, quadraticOf, type Quadratic } from './quadratic.ts';
import { descend, roundInOrder, type RowGrid } from './solve-row.ts';

/** One layer's weights as rows of a matrix product, and what its codes may be. */
export interface LayerProblem {
  readonly moment: SecondMoment;
  /** [groups * outputs][depth]. */
  readonly weights: Float64Array;
  /** A bias takes up the means. */
  readonly centred: boolean;
  /** Of each row, or one. */
  readonly grids: readonly Pick<RowGrid, 'lowest' | 'highest' | 'step'>[];
  /** By input: neighbour with which it must not saturate, -1 for none; undefined where no pair can. */
  readonly partners: Int32Array | undefined;
  readonly pairLimit: number;
  /** What is to be improved on: codes of every row, and scales, one a row or one. */
  readonly before: { readonly codes: Int16Array; readonly scales: Float32Array };
  /** Scales to choose from besides the present one, as factors of it; no scale may fall below `leastScales`. */
  readonly factors: readonly number[];
  /** Factors of the scale so chosen that the rounding itself is tried with; `all`: with every scale to choose from. */
  readonly neighbours: readonly number[] | 'all';
  readonly leastScales: ArrayLike<number> | undefined;
}

export interface LayerSolution {
  readonly codes: Int16Array;
  readonly scales: Float32Array;
  /** Each row's best bias for these codes. */
  readonly bias: Float64Array;
  /** Mean squared error of the layer's outputs on the calibration pictures, over what they vary by. */
  readonly loss: { readonly before: number; readonly after: number };
}

export type SolverContext = Pick<Context, 'signal' | 'clock'>;

/**
 * Rounds a layer's rows on its second moment. Rows that end no better than they were stay as they were (all rows where they share a
 * scale), so the mean squared error never rises. Throws Cancelled.
 */
export async function solveLayer(problem: LayerProblem, context: SolverContext): Promise<LayerSolution> {
  const solve = problem.before.scales.length === 1 ? solveShared : solveSeparate;
  return solve(problem, pauses(context));
}

async function solveSeparate(problem: LayerProblem, pause: Pause): Promise<LayerSolution> {
  const work = new Solver(problem, pause);
  const { groups, outputs } = problem.moment.shape;
  const scales = problem.before.scales.slice();
  for (let group = 0; group < groups; group++) {
    const quadratic = await work.quadratic(group);
    for (let i = 0; i < outputs; i++) {
      const row = group * outputs + i;
      const grid = work.grid(row, quadratic);
      const before = work.beforeRow(row, quadratic);
      const wasLoss = lossOf(quadratic, i, before, scales[row]!);
      let best = { codes: new Int16Array(0), scale: 0, form: Infinity };
      for (const scale of work.around(row, bestScale(quadratic, i, grid, work.candidates(row)))) {
        const codes = new Int16Array(quadratic.depth);
        const form = roundInOrder(quadratic, i, scale, grid, codes);
        if (form < best.form) best = { codes, scale, form };
      }
      descend(quadratic, i, best.scale, grid, best.codes);
      const loss = lossOf(quadratic, i, best.codes, best.scale);
      const better = loss < wasLoss;
      if (better) scales[row] = best.scale;
      work.keep(row, quadratic, better ? best.codes : before, wasLoss, better ? loss : wasLoss);
      await pause();
    }
  }
  return work.solution(scales);
}

async function solveShared(problem: LayerProblem, pause: Pause): Promise<LayerSolution> {
  const { groups, outputs } = problem.moment.shape;
  const work = new Solver(problem, pause);
  const forRows = async (visit: (row: number, at: number, quadratic: Quadratic, grid: RowGrid) => void): Promise<void> => {
    for (let group = 0; group < groups; group++) {
      const quadratic = await work.quadratic(group);
      for (let i = 0; i < outputs; i++) {
        const row = group * outputs + i;
        visit(row, i, quadratic, work.grid(row, quadratic));
        await pause();
      }
    }
  };
  const candidates = work.candidates(0);
  const errors = new Float64Array(candidates.length);
  await forRows((_, i, quadratic, grid) => {
    candidates.forEach((scale, at) => (errors[at]! += weightedError(quadratic, i, grid, scale)));
  });
  const first = candidates[errors.indexOf(errors.reduce((a, b) => Math.min(a, b)))]!;
  const tries = [undefined, ...work.around(0, first)].map((scale) => ({ scale, solver: new Solver(problem, pause) }));
  await forRows((row, i, quadratic, grid) => {
    const was = work.beforeRow(row, quadratic);
    const wasLoss = lossOf(quadratic, i, was, problem.before.scales[0]!);
    for (const { scale, solver } of tries) {
      const codes = scale === undefined ? was : new Int16Array(quadratic.depth);
      if (scale !== undefined) {
        roundInOrder(quadratic, i, scale, grid, codes);
        descend(quadratic, i, scale, grid, codes);
      }
      solver.keep(row, quadratic, codes, wasLoss, scale === undefined ? wasLoss : lossOf(quadratic, i, codes, scale));
    }
  });
  const best = tries.reduce((a, b) => (b.solver.after < a.solver.after ? b : a));
  return best.solver.solution(best.scale === undefined ? problem.before.scales : Float32Array.of(best.scale));
}

class Solver {
  readonly #codes: Int16Array;
  #before = 0;
  #after = 0;
  #power = 0;

  constructor(
    readonly problem: LayerProblem,
    readonly pause: Pause,
  ) {
    this.#codes = new Int16Array(problem.weights.length);
  }

  /** Mean squared error of the rows kept so far. */
  get after(): number {
    return this.#after;
  }

  async quadratic(group: number): Promise<Quadratic> {
    await this.pause();
    const { moment, weights, centred } = this.problem;
    const { outputs, depth } = moment.shape;
    const own = weights.subarray(group * outputs * depth, (group + 1) * outputs * depth);
    return quadraticOf(moment.group(group), own, outputs, centred, this.pause);
  }

  grid(row: number, { order, depth }: Quadratic): RowGrid {
    const { grids, partners, pairLimit, weights } = this.problem;
    const own = grids[grids.length === 1 ? 0 : row]!;
    const zeros = Uint8Array.from(order, (input) => (weights[row * depth + input] === 0 ? 1 : 0));
    // A grid with steps of two has no zero.
    const grid = own.step === 1 && zeros.includes(1) ? { ...own, zeros } : own;
    if (!partners) return { ...grid, partners, pairLimit };
    const places = new Int32Array(order.length);
    order.forEach((input, at) => (places[input] = at));
    return { ...grid, partners: Int32Array.from(order, (input) => (partners[input]! < 0 ? -1 : places[partners[input]!]!)), pairLimit };
  }

  beforeRow(row: number, { order, depth }: Quadratic): Int16Array {
    return Int16Array.from(order, (input) => this.problem.before.codes[row * depth + input]!);
  }

  /** Scales to choose from by plain rounding. */
  candidates(row: number): number[] {
    const { before, factors } = this.problem;
    const scale = before.scales[before.scales.length === 1 ? 0 : row]!;
    return [scale, ...this.#allowed(row, scale, factors)];
  }

  /** The scale chosen so, and those that the solution itself is tried with. */
  around(row: number, scale: number): number[] {
    const { neighbours } = this.problem;
    return neighbours === 'all' ? this.candidates(row) : [scale, ...this.#allowed(row, scale, neighbours)];
  }

  #allowed(row: number, scale: number, factors: readonly number[]): number[] {
    const { leastScales } = this.problem;
    const least = leastScales?.[leastScales.length === 1 ? 0 : row] ?? 0;
    return factors.map((factor) => Math.fround(scale * factor)).filter((tried) => tried >= least);
  }

  keep(row: number, { order, depth, power }: Quadratic, codes: Int16Array, before: number, after: number): void {
    order.forEach((input, at) => (this.#codes[row * depth + input] = codes[at]!));
    this.#before += before;
    this.#after += after;
    this.#power += power[row % power.length]!;
  }

  solution(scales: Float32Array): LayerSolution {
    const { moment } = this.problem;
    const { groups, outputs, depth } = moment.shape;
    const bias = new Float64Array(groups * outputs);
    for (let group = 0; group < groups; group++) {
      const { inputMeans, targetMeans } = moment.means(group);
      for (let i = 0; i < outputs; i++) {
        const row = group * outputs + i;
        const scale = scales[scales.length === 1 ? 0 : row]!;
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += this.#codes[row * depth + k]! * inputMeans[k]!;
        bias[row] = targetMeans[i]! - scale * sum;
      }
    }
    const share = (loss: number): number => (this.#power > 0 ? Math.max(0, loss) / this.#power : 0);
    return { codes: this.#codes, scales, bias, loss: { before: share(this.#before), after: share(this.#after) } };
  }
}

/** The scale at which plain rounding of the row's targets costs least, errors weighted with the inputs' variances. */
function bestScale(quadratic: Quadratic, row: number, grid: RowGrid, candidates: readonly number[]): number {
  let best = candidates[0]!;
  let least = Infinity;
  for (const scale of candidates) {
    const error = weightedError(quadratic, row, grid, scale);
    if (error < least) [best, least] = [scale, error];
  }
  return best;
}

function weightedError(
  { depth, moments, targets }: Quadratic,
  row: number,
  { lowest, highest, step, zeros }: RowGrid,
  scale: number,
): number {
  let sum = 0;
  for (let i = 0; i < depth; i++) {
    if (zeros?.[i]) continue;
    const target = targets[row * depth + i]!;
    const code = Math.max(lowest, Math.min(highest, lowest + step * Math.round((target / scale - lowest) / step)));
    sum += moments[i * depth + i]! * (scale * code - target) ** 2;
  }
  return sum;
}
