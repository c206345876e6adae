import type { Loss } from '../../../train/losses/loss.ts';

/**
 * Mean squared distance of a block's results from the teacher's, each over the given power (what the teacher's vary by), mean over the results.
 * `values`: by name of a result, the teacher's value and the power.
 */
export const reconstructionLoss = (
  values: readonly { readonly name: string; readonly teacher: string; readonly power: number }[],
): Loss => ({
  name: 'reconstruction',
  build(site) {
    const terms = values.map(({ name, teacher, power }) => {
      const difference = site.emit('Sub', [name, site.teacher(teacher).name]);
      const squared = site.emit('Mul', [difference, difference]);
      return site.emit('Mul', [site.emit('ReduceMean', [squared], { keepdims: 0 }), site.number(1 / (power * values.length))]);
    });
    return terms.length === 1 ? terms[0]! : site.emit('Sum', terms);
  },
});
