import { LatheError } from '../../base/errors.ts';
import type { Batch } from '../../data/batches.ts';
import type { Teacher } from '../../train/task.ts';

/** A teacher that looks at the pictures before they were degraded. Throws `joint.clean` where the pictures have no such form. */
export const seeingClean = (teacher: Teacher): Teacher => ({
  ...teacher,
  answers: (batch) => teacher.answers({ ...batch, input: cleanOf(batch) }),
});

/** Degradations of `augment` leave `clean`; those of `degrade` and of pairs have the clean picture for their target. */
function cleanOf({ clean, target, input }: Batch): Batch['input'] {
  const found = clean ?? target;
  if (found?.dims.join() === input.dims.join()) return found;
  throw new LatheError('joint.clean', 'teacher-sees: clean: the training pictures are not degraded, or their clean form has another size', {
    hint: 'Degrade them under data.train (augment, degrade), or leave teacher-sees out.',
  });
}
