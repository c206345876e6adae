import { seededRandom } from '../../base/random.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { meanOfPairs, type FeatureSettings } from './features.ts';
import type { Loss } from './loss.ts';

/** Keeps the sum of a map of zeros from being divided by. */
const tiny = 1e-12;

/**
 * ‖adapter(student) − teacher‖² / ‖teacher‖² on inner values, the mean over pairs: hints (Romero et al. 2015, FitNets, arXiv:1412.6550, eq. 3), over the teacher's
 * square so that a weight means the same in every network. The adapter is a 1×1 convolution that is trained with the student and thrown away. Throws
 * `training.features`, `training.no-value`.
 */
export const hints = ({ pairs }: FeatureSettings): Loss => ({
  name: 'hints',
  build: (site) =>
    meanOfPairs(site, pairs, (student, teacher) => {
      const [from, to] = [student.shape[1]!, teacher.shape[1]!];
      const adapter = site.weight(`${student.name}/adapter`, initial(from, to, student.name));
      const adapted = site.emit('Conv', [student.name, adapter], { kernel_shape: [1, 1] });
      const difference = site.emit('Sub', [adapted, teacher.name]);
      const square = (value: string): string => site.emit('ReduceSumSquare', [value], { keepdims: 0 });
      return site.emit('Div', [square(difference), site.emit('Add', [square(teacher.name), site.number(tiny)])]);
    }),
});

/** Keeps the size of what goes through (LeCun et al. 1998, section 4.6). */
function initial(from: number, to: number, name: string): Tensor {
  const random = seededRandom(0, `adapter ${name}`);
  return Tensor.float32(
    [to, from, 1, 1],
    Float32Array.from({ length: to * from }, () => random.normal() / Math.sqrt(from)),
  );
}
