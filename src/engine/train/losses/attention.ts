import { meanOfPairs, type FeatureSettings } from './features.ts';
import type { Loss, LossSite } from './loss.ts';

/** Keeps the length of a map of zeros from being divided by, as PyTorch's normalize. */
const tiny = 1e-12;

/**
 * ‖Q(student)/‖Q(student)‖ − Q(teacher)/‖Q(teacher)‖‖², the mean over pictures and pairs, Q the sum over channels of squared activations: attention transfer
 * (Zagoruyko and Komodakis 2017, arXiv:1612.03928, eq. 2 with the square of their code); 0 to 2. Throws `training.features`, `training.no-value`.
 */
export const attention = ({ pairs }: FeatureSettings): Loss => ({
  name: 'attention',
  build: (site) =>
    meanOfPairs(site, pairs, (student, teacher) => {
      const difference = site.emit('Sub', [attentionMap(site, student.name), attentionMap(site, teacher.name)]);
      const sum = site.emit('ReduceSumSquare', [difference], { keepdims: 0 });
      return site.emit('Mul', [sum, site.number(1 / student.shape[0]!)]);
    }),
});

/** Where a map of features looks, [batch, 1, height, width], of length 1 for each picture. */
function attentionMap(site: LossSite, features: string): string {
  const map = site.emit('ReduceSum', [site.emit('Mul', [features, features]), site.indices([1])], { keepdims: 1 });
  const square = site.emit('ReduceSum', [site.emit('Mul', [map, map]), site.indices([2, 3])], { keepdims: 1 });
  return site.emit('Div', [map, site.emit('Sqrt', [site.emit('Add', [square, site.number(tiny ** 2)])])]);
}
