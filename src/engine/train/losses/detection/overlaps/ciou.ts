import type { Algebra } from '../algebra.ts';
import { distanceTerm, tiny, type BoxLoss, type Meeting } from './overlap.ts';

export const ciou: BoxLoss = {
  name: 'ciou',
  summary: 'And the distance of the middles and the difference of the proportions.',
  source: 'Zheng et al. 2020, arXiv:1911.08287, eq. 8 to 11',
  build(algebra, meeting) {
    const { add, subtract, multiply, divide, still } = algebra;
    const v = proportions(algebra, meeting);
    // Its own weight has no slope, as in the authors' code.
    const alpha = still(divide(v, add(subtract(1, meeting.iou), v, tiny)));
    return add(subtract(1, meeting.iou), distanceTerm(algebra, meeting), multiply(alpha, v));
  },
};

/** 4/π² · (atan(w/h) of one − atan(w/h) of the other)². */
function proportions({ subtract, multiply, divide, most, square, site }: Algebra, { sizes }: Meeting): string {
  const angle = ([width, height]: readonly [string, string]): string => site.emit('Atan', [divide(width, most(height, tiny))]);
  return multiply(square(subtract(angle(sizes.wanted), angle(sizes.found))), 4 / Math.PI ** 2);
}
