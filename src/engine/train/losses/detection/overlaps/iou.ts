import type { BoxLoss } from './overlap.ts';

export const iou: BoxLoss = {
  name: 'iou',
  summary: '1 − intersection over union. No slope where boxes do not meet.',
  source: 'Yu et al. 2016, UnitBox, arXiv:1608.01471 (there its logarithm)',
  build: ({ subtract }, meeting) => subtract(1, meeting.iou),
};
