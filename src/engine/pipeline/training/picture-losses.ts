import { classScores, numbersOf } from '../../evaluate/outputs.ts';
import type { Outputs } from '../../evaluate/metric.ts';
import type { LoadedSample } from '../../data/types.ts';

/** How validation pictures are judged more finely than a metric does. */
export interface LossSettings {
  /** Whether answers are classes: then by the divergence of softened answers and by labels, else by squared errors. */
  readonly classes: boolean;
  /** Share of what the reference answers; the rest is the labels. Without labels it is all. */
  readonly alpha: number;
  readonly temperature: number;
}

/** Which of the answers are probabilities already: outputs behind a Softmax. */
export interface AnswerForms {
  readonly found: boolean;
  readonly wanted: boolean;
}

/** Probabilities below count as this: rounded ones are often 0. */
const leastProbability = 1e-6;

/**
 * The loss of each picture, as training has it: (1 − alpha) · cross-entropy with the label + alpha · T² · KL(reference ‖ model) of softened answers (Hinton, Vinyals and Dean
 * 2015, arXiv:1503.02531). Where answers are no classes: squared error over the mean square of the reference's values, mean over outputs.
 */
export class PictureLosses {
  readonly #losses: number[] = [];
  /** By output: error of each picture, and sum of squares of the reference. */
  readonly #errors = new Map<string, { readonly each: number[]; power: number }>();

  constructor(private readonly settings: LossSettings) {}

  add({ label }: LoadedSample, wanted: Outputs, found: Outputs, forms: AnswerForms): void {
    if (this.settings.classes) this.#losses.push(this.#classLoss(label, wanted, found, forms));
    else this.#addErrors(wanted, found);
  }

  /** One for each picture added, in order. */
  get values(): number[] {
    if (this.settings.classes) return this.#losses;
    const outputs = [...this.#errors.values()];
    const [first] = outputs;
    return (first?.each ?? []).map(
      (_, at) => outputs.reduce((sum, { each, power }) => sum + relative(each[at]!, power / each.length), 0) / outputs.length,
    );
  }

  #classLoss(label: number | undefined, wanted: Outputs, found: Outputs, forms: AnswerForms): number {
    const { alpha, temperature } = this.settings;
    const answer = logits(classScores(found), forms.found);
    const share = label === undefined ? 1 : alpha;
    let loss = 0;
    if (share < 1) loss -= (1 - share) * logSoftmax(answer, 1)[label!]!;
    if (share > 0) {
      const [p, q] = [logSoftmax(logits(classScores(wanted), forms.wanted), temperature), logSoftmax(answer, temperature)];
      loss += share * temperature ** 2 * p.reduce((sum, log, i) => sum + Math.exp(log) * (log - (q[i] ?? -Infinity)), 0);
    }
    return loss;
  }

  #addErrors(wanted: Outputs, found: Outputs): void {
    for (const [name, tensor] of Object.entries(wanted)) {
      const other = found[name];
      if (!other || !ArrayBuffer.isView(tensor.data)) continue;
      const [a, b] = [numbersOf(tensor), numbersOf(other)];
      const sums = this.#errors.get(name) ?? { each: [], power: 0 };
      this.#errors.set(name, sums);
      let error = 0;
      for (let i = 0; i < a.length; i++) {
        if (!Number.isFinite(a[i])) continue;
        error += (a[i]! - (b[i] ?? NaN)) ** 2;
        sums.power += a[i]! ** 2;
      }
      sums.each.push(error);
    }
  }
}

/** Anything but zero where zero was right is infinitely wrong. */
const relative = (error: number, power: number): number => (error === 0 ? 0 : error / power);

const logits = (scores: ArrayLike<number>, areProbabilities: boolean): Float64Array =>
  Float64Array.from(scores, (score) => (areProbabilities ? Math.log(Math.max(leastProbability, score)) : score));

function logSoftmax(values: Float64Array, temperature: number): Float64Array {
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const scaled = values.map((value) => (value - most) / temperature);
  const sum = Math.log(scaled.reduce((total, value) => total + Math.exp(value), 0));
  return scaled.map((value) => value - sum);
}
