import { distanceTerm, tiny, type BoxLoss } from './overlap.ts';

export const eiou: BoxLoss = {
  name: 'eiou',
  summary: 'And the distance of the middles and the differences of width and height.',
  source: 'Zhang et al. 2021, Focal and efficient IOU loss, arXiv:2101.08158, eq. 5',
  build(algebra, meeting) {
    const { add, subtract, divide, square } = algebra;
    const sides = [0, 1].map((axis) => {
      const difference = subtract(meeting.sizes.found[axis]!, meeting.sizes.wanted[axis]!);
      return divide(square(difference), add(square(meeting.around[axis]!), tiny));
    });
    return add(subtract(1, meeting.iou), distanceTerm(algebra, meeting), ...sides);
  },
};
