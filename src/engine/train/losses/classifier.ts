import { LatheError } from '../../base/errors.ts';
import { bareOutput } from './bare-output.ts';
import type { LossSite, LossValue } from './loss.ts';

/** What a classifier answers, one row a picture: the first output as [batch, classes], before any Softmax. Throws `training.no-classes`. */
export function logitsOf(site: LossSite): LossValue {
  const [output] = site.outputs;
  if (!output) throw new LatheError('training.no-classes', 'the model has no output', { file: site.model.path });
  const bare = bareOutput(site.model.graph, output.name, (name) => site.value(name).shape, 'classification');
  const { shape, axis } = bare;
  const [batch = 1] = shape;
  const classes = shape[axis] ?? 1;
  if (bare.kind !== 'classes' || axis === 0 || shape.reduce((product, size) => product * size, 1) !== batch * classes) {
    const hint = 'A classifier answers with one row of numbers for each picture.';
    const message = `the output ${JSON.stringify(output.name)} of shape ${shape.join(' × ')} holds no classes of a picture`;
    throw new LatheError('training.no-classes', message, { file: site.model.path, hint });
  }
  return { name: rows(site, bare, classes), shape: [batch, classes] };
}

/** The same numbers as [batch, columns]. */
export const rows = (site: LossSite, { name, shape }: LossValue, columns: number): string =>
  shape.length === 2 ? name : site.emit('Reshape', [name, site.indices([shape[0] ?? 1, columns])]);
