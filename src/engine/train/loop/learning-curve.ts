import type { CurvePoint, TrainingCurve } from '../../../protocol/training.ts';
import type { ValidationScore } from '../task.ts';

/** Points that a curve keeps at most: beyond, two neighbours become one. */
const mostPoints = 1000;

/** What a curve needs to go on bit for bit. Plain data. */
export interface CurveState {
  readonly curve: TrainingCurve;
  readonly stride: number;
  readonly open: { readonly steps: number; readonly loss: number };
}

/** Records a training: a point for each step, of long trainings for each pair, four, eight … of steps, with their mean loss. */
export class LearningCurve {
  #stride = 1;
  /** Sum of losses of the steps that are in no point yet. */
  #open = { steps: 0, loss: 0 };

  constructor(readonly curve: TrainingCurve) {}

  add({ loss, ...point }: CurvePoint): void {
    this.#open = { steps: this.#open.steps + 1, loss: this.#open.loss + loss };
    if (this.#open.steps < this.#stride) return;
    const { points } = this.curve;
    points.push({ ...point, loss: this.#open.loss / this.#open.steps });
    this.#open = { steps: 0, loss: 0 };
    if (points.length >= mostPoints) this.#thin();
  }

  /** Records a score; returns whether it is the best until then. */
  score(step: number, epoch: number, { metric, unit, better, value, distance }: ValidationScore): boolean {
    const validation = (this.curve.validation ??= { metric, unit, better, scores: [] });
    const best = validation.scores.findLast((score) => score.best);
    const isBest =
      best === undefined ||
      ((better === 'high' ? value > best.value : value < best.value) && !(distance !== undefined && distance > best.distance!)) ||
      (value === best.value && distance !== undefined && distance < best.distance!) ||
      (Number.isNaN(best.value) && !Number.isNaN(value));
    validation.scores.push({ step, epoch, value, ...(distance === undefined ? {} : { distance }), best: isBest });
    return isBest;
  }

  /** Steps that were done when it was measured last. */
  get lastScored(): number | undefined {
    return this.curve.validation?.scores.at(-1)?.step;
  }

  /** Measured and found no better than the best. */
  get scoresSinceBest(): number {
    const scores = this.curve.validation?.scores ?? [];
    return scores.length - 1 - scores.findLastIndex(({ best }) => best);
  }

  state(): CurveState {
    return { curve: this.curve, stride: this.#stride, open: this.#open };
  }

  restore({ curve, stride, open }: CurveState): void {
    Object.assign(this.curve, curve);
    // JSON has no NaN.
    for (const score of this.curve.validation?.scores ?? []) score.value = Number(score.value ?? NaN);
    this.#stride = stride;
    this.#open = { ...open };
  }

  #thin(): void {
    const { points } = this.curve;
    for (let i = 0; i < points.length / 2; i++) {
      const [first, second] = [points[2 * i]!, points[2 * i + 1]!];
      points[i] = { ...second, loss: (first.loss + second.loss) / 2 };
    }
    points.length = points.length / 2;
    this.#stride *= 2;
  }
}
