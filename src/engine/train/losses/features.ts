import { LatheError } from '../../base/errors.ts';
import type { LossSite, LossValue } from './loss.ts';

/** Inner values of both networks that should say the same: [batch, channels, height, width]. */
export interface FeaturePair {
  readonly student: string;
  readonly teacher: string;
}

export interface FeatureSettings {
  readonly pairs: readonly FeaturePair[];
}

/** The mean over all pairs of what `each` makes of a pair, the teacher's map brought to the size of the student's. */
export function meanOfPairs(
  site: LossSite,
  pairs: readonly FeaturePair[],
  each: (student: LossValue, teacher: LossValue) => string,
): string {
  const terms = pairs.map((pair) => {
    const student = site.value(pair.student);
    const teacher = site.teacher(pair.teacher);
    if (student.shape.length !== 4 || teacher.shape.length !== 4) throw noMap(pair, student, teacher);
    return each(student, resized(site, teacher, student.shape.slice(2)));
  });
  return site.emit('Mul', [terms.length === 1 ? terms[0]! : site.emit('Sum', terms), site.number(1 / terms.length)]);
}

function noMap({ student, teacher }: FeaturePair, ...shapes: readonly [LossValue, LossValue]): LatheError {
  const [a, b] = shapes.map(({ shape }) => shape.join(' × '));
  return new LatheError(
    'training.features',
    `${JSON.stringify(student)} (${a}) and ${JSON.stringify(teacher)} (${b}) are no maps of features`,
    {
      hint: 'Name layers that answer with batch × channels × height × width.',
    },
  );
}

/** Means over whole windows where the sizes allow it, else interpolated. */
function resized(site: LossSite, value: LossValue, size: readonly number[]): LossValue {
  const { name, shape } = value;
  const [height, width] = shape.slice(2) as [number, number];
  const [rows, columns] = size as [number, number];
  if (height === rows && width === columns) return value;
  const to = [...shape.slice(0, 2), rows, columns];
  if (height % rows === 0 && width % columns === 0) {
    const window = [height / rows, width / columns];
    return { name: site.emit('AveragePool', [name], { kernel_shape: window, strides: window }), shape: to };
  }
  const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
  return { name: site.emit('Resize', [name, '', '', site.indices(to)], attributes), shape: to };
}
