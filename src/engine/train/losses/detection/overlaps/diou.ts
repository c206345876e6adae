import { distanceTerm, type BoxLoss } from './overlap.ts';

export const diou: BoxLoss = {
  name: 'diou',
  summary: 'And the distance of the middles.',
  source: 'Zheng et al. 2020, arXiv:1911.08287, eq. 7',
  build: (algebra, meeting) => algebra.add(algebra.subtract(1, meeting.iou), distanceTerm(algebra, meeting)),
};
