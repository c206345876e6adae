import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { Dataset } from '../types.ts';

/** How many samples each of `classes` has. Throws `data.labels` for a sample whose label is none of them. */
export function countClasses({ path, samples }: Pick<Dataset, 'path' | 'samples'>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { id, label } of samples) {
    if (label === undefined || !(label >= 0 && label < classes)) throw wrongLabel(id, label, classes, path);
    counts[label]!++;
  }
  return counts;
}

function wrongLabel(id: string, label: number | undefined, classes: number, file: string): LatheError {
  const has = label === undefined ? 'has no class' : `has the class ${label}`;
  return new LatheError('data.labels', `the sample ${id} ${has}; the model knows ${classes}, from 0 to ${classes - 1}`, {
    file,
    hint: label === undefined ? 'Give every sample its class.' : 'Give the model as many classes as the labels have (classes).',
  });
}

/** A one for each label, [labels, classes]. */
export function oneHot(labels: readonly number[], classes: number): RuntimeTensor {
  const data = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => (data[row * classes + label] = 1));
  return { type: DataType.float32, dims: [labels.length, classes], data };
}
