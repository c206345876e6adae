import { LatheError } from '../../base/errors.ts';
import type { LossSite, LossValue } from './loss.ts';

/** Output minus target, of the output's shape: what losses of restoration begin with. Throws `training.no-target`. */
export function difference(site: LossSite): LossValue {
  const [output] = site.outputs;
  const { path: file } = site.model;
  if (!output) throw new LatheError('training.no-target', 'the model has no output to compare with a target', { file });
  const { name, shape } = output;
  if (shape.length !== 4) {
    const hint = 'Losses of restoration compare the first output with a picture of its size.';
    throw new LatheError('training.no-target', `the output ${JSON.stringify(name)} of shape ${shape.join(' × ')} is no picture`, {
      file,
      hint,
    });
  }
  return { name: site.emit('Sub', [name, site.target()]), shape };
}

/** Mean of what `each` makes of the differences. */
export const meanOf = (site: LossSite, each: (difference: string) => string): string =>
  site.emit('ReduceMean', [each(difference(site).name)], { keepdims: 0 });
