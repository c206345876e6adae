import { LatheError } from '../../base/errors.ts';
import { logitsOf, rows } from './classifier.ts';
import { classDivergence } from './divergence.ts';
import type { Loss } from './loss.ts';

export interface DistillationSettings {
  /** Softens both answers. */
  readonly temperature: number;
  /** The teacher's logits, by name. */
  readonly answer: string;
}

/**
 * T² · KL(teacher ‖ student) on softened logits, mean over the batch (Hinton, Vinyals and Dean 2015, arXiv:1503.02531). Throws `training.teacher` where the
 * teacher has another number of classes.
 */
export const distillation = ({ temperature, answer }: DistillationSettings): Loss => ({
  name: 'distillation',
  build(site) {
    const { name, shape } = logitsOf(site);
    const [batch, classes] = shape as [number, number];
    const teacher = site.teacher(answer);
    const known = teacher.shape.slice(1).reduce((product, size) => product * size, 1);
    if (known !== classes) {
      const message = `the teacher knows ${known} classes, the student ${classes}`;
      throw new LatheError('training.teacher', message, { hint: 'Train a teacher on the same classes (classes: N).' });
    }
    const sum = classDivergence(site, name, rows(site, teacher, classes), 1, temperature);
    return site.emit('Mul', [sum, site.number(1 / batch)]);
  },
});
