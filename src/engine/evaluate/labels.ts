import { LatheError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';

/** Checks the labels of a dataset against the number of classes a model tells apart. Throws `data.labels`, with a hint where they are 1-based. */
export function checkLabels(dataset: Dataset, classes: number): void {
  const labels = dataset.samples.flatMap(({ label }) => label ?? []);
  const largest = labels.reduce((a, b) => Math.max(a, b), -1);
  if (largest < classes) return;
  const least = labels.reduce((a, b) => Math.min(a, b), Infinity);
  const example = dataset.samples.find(({ label }) => label === largest);
  const oneBased = least >= 1 && largest === classes;
  throw new LatheError(
    'data.labels',
    `${example?.id} has the label ${largest}, the model tells ${classes} classes apart (0 to ${classes - 1})`,
    {
      file: dataset.path,
      hint: oneBased
        ? `The labels go from ${least} to ${largest}: they seem to be counted from 1. Subtract 1 from each.`
        : dataset.classes && dataset.classes.length > classes
          ? `There are ${dataset.classes.length} class folders or names; is one of them no class?`
          : 'Is this the label file of another data set?',
    },
  );
}
