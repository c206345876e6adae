import { numbersOf } from '../../evaluate/outputs.ts';
import { isFloatType } from '../../onnx/data-type.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { always, type Measure, type SensitivityMetric } from '../metric.ts';

const measure: Measure<number> = {
  name: 'kl',
  unit: 'nats',
  better: 'low',
  row(_, reference, found) {
    let sum = 0;
    for (const [name, tensor] of Object.entries(reference)) {
      const other = found[name];
      if (other && isFloatType(tensor.type)) sum += divergence(tensor, other);
    }
    return sum;
  },
  summarize: (rows) => ({ value: rows.reduce((sum, row) => sum + row, 0) / rows.length }),
};

/**
 * Kullback-Leibler divergence of the float model's class probabilities from the quantized model's, mean over positions and pictures and
 * summed over outputs. Classes lie along axis 1, or along the last axis of a tensor of rank 3; scores that are no probabilities yet go
 * through a softmax.
 */
export const kl: SensitivityMetric = {
  name: 'kl',
  summary: 'Kullback-Leibler divergence of the class probabilities from those of the float model; summed over outputs.',
  source: 'Kullback and Leibler, On information and sufficiency, 1951',
  of: 'outputs',
  ...always(measure as Measure),
};

function divergence(reference: RuntimeTensor, found: RuntimeTensor): number {
  const { dims } = reference;
  const axis = dims.length === 3 ? 2 : Math.min(1, dims.length - 1);
  const classes = dims[axis] ?? 1;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const [p, q] = [numbersOf(reference), numbersOf(found)];
  const positions = p.length / classes;
  if (classes < 2 || positions === 0) return 0;
  let sum = 0;
  for (let position = 0; position < positions; position++) {
    const start = Math.floor(position / inner) * classes * inner + (position % inner);
    const [a, b] = [logProbabilities(p, start, inner, classes), logProbabilities(q, start, inner, classes)];
    for (let i = 0; i < classes; i++) if (a[i]! > -Infinity) sum += Math.exp(a[i]!) * (a[i]! - b[i]!);
  }
  return sum / positions;
}

/** Probabilities below this are taken for it: a class that is ruled out has no logarithm. */
const least = 1e-12;
/** Sums of probabilities in float32 are as close to 1 as this. */
const tolerance = 1e-3;

function logProbabilities(scores: ArrayLike<number>, start: number, step: number, classes: number): Float64Array {
  const values = Float64Array.from({ length: classes }, (_, i) => scores[start + i * step]!);
  const total = values.reduce((sum, value) => sum + value, 0);
  if (values.every((value) => value >= 0) && Math.abs(total - 1) <= tolerance)
    return values.map((value) => Math.log(Math.max(least, value)));
  const highest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const norm = highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
  return values.map((value) => value - norm);
}
