import type { Assigner } from './assigner.ts';

export const centre: Assigner = {
  name: 'centre',
  summary: 'All places near the middle of the box on the level that fits its size, whatever they answer.',
  source: 'Tian et al. 2019, FCOS, arXiv:1904.01355, section 3.2 with centre sampling',
  byScale: true,
  build: ({ add, filled }, { rows, each, inside, iou, area }) => ({
    chosen: inside,
    cost: add(filled([rows, each], 0), area),
    quality: iou,
    weight: 'one',
  }),
};
