import type { Algebra } from '../algebra.ts';
import { tiny, type BoxLoss, type Meeting } from './overlap.ts';

/** Below this the loss is a parabola. */
const smooth = 0.1;

export const extendedIou: BoxLoss = {
  name: 'extended-iou',
  summary: "YuNet's own: an intersection that is negative where boxes do not meet, squared near 0.",
  source: 'Peng and Yu 2021, A systematic IoU-related method, arXiv:2112.01793; libfacedetection.train, eiou_loss',
  build(algebra, meeting) {
    const { add, subtract, multiply, divide, square, where, isLess } = algebra;
    const shared = extendedIntersection(algebra, meeting);
    const [found, wanted] = [meeting.sizes.found, meeting.sizes.wanted].map(([width, height]) => multiply(width, height)) as [
      string,
      string,
    ];
    const loss = subtract(1, divide(shared, add(subtract(add(found, wanted), shared), tiny)));
    return where(isLess(loss, smooth), multiply(square(loss), 0.5 / smooth), subtract(loss, 0.5 * smooth));
  },
};

/** Area that both share; where they lie apart, minus what separates them. Sides as the authors' code names them. */
function extendedIntersection({ add, subtract, multiply, least, most }: Algebra, { found, wanted }: Meeting): string {
  const edge = (side: 'left' | 'top' | 'right' | 'bottom', of: typeof least): string => of(found[side], wanted[side]);
  const [ex, ey] = [edge('left', least), edge('top', least)];
  const [ix1, iy1] = [edge('left', most), edge('top', most)];
  const [ix2, iy2] = [edge('right', least), edge('bottom', least)];
  const area = (right: string, left: string, bottom: string, top: string): string => multiply(subtract(right, left), subtract(bottom, top));
  const gained = add(area(ix2, ex, iy2, ey), area(least(ix1, ix2), ex, least(iy1, iy2), ey));
  const lost = add(area(ix1, ex, most(iy1, iy2), ey), area(most(ix1, ix2), ex, iy1, ey));
  return subtract(gained, lost);
}
