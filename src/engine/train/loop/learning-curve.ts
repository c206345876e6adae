import type { CurvePoint, TrainingCurve } from '../../../protocol/training.ts';
import type { TrainingTask, ValidationScore } from '../task.ts';

/** Points that a curve keeps at most: beyond, two neighbours become one. */
const mostPoints = 1000;

/** What a curve needs to go on bit for bit. Plain data. */
export interface CurveState {
  readonly curve: TrainingCurve;
  readonly stride: number;
  readonly open: { readonly steps: number; readonly loss: number };
  /** The best score, with what others are compared with. */
  readonly best?: ValidationScore;
}

const byValue = ({ better, value }: ValidationScore, best: ValidationScore): boolean =>
  (better === 'high' ? value > best.value : value < best.value) || (Number.isNaN(best.value) && !Number.isNaN(value));

/** Records a training: a point for each step, of long trainings for each pair, four, eight … of steps, with their mean loss. */
export class LearningCurve {
  #stride = 1;
  /** Sum of losses of the steps that are in no point yet. */
  #open = { steps: 0, loss: 0 };

  #best: ValidationScore | undefined;

  constructor(
    readonly curve: TrainingCurve,
    private readonly isBetter: NonNullable<TrainingTask['isBetter']> = byValue,
  ) {}

  add({ loss, ...point }: CurvePoint): void {
    this.#open = { steps: this.#open.steps + 1, loss: this.#open.loss + loss };
    if (this.#open.steps < this.#stride) return;
    const { points } = this.curve;
    points.push({ ...point, loss: this.#open.loss / this.#open.steps });
    this.#open = { steps: 0, loss: 0 };
    if (points.length >= mostPoints) this.#thin();
  }

  /** Records a score; returns whether it is the best until then. */
  score(step: number, epoch: number, score: ValidationScore): boolean {
    const { metric, unit, better, value, loss } = score;
    const validation = (this.curve.validation ??= { metric, unit, better, scores: [] });
    const isBest = this.#best === undefined || this.isBetter(score, this.#best);
    if (isBest) this.#best = score;
    validation.scores.push({ step, epoch, value, ...(loss === undefined ? {} : { loss }), best: isBest });
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
    return { curve: this.curve, stride: this.#stride, open: this.#open, ...(this.#best ? { best: this.#best } : {}) };
  }

  restore({ curve, stride, open, best }: CurveState): void {
    Object.assign(this.curve, curve);
    this.#best = best;
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
