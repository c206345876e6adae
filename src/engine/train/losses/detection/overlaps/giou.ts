import { tiny, type BoxLoss } from './overlap.ts';

export const giou: BoxLoss = {
  name: 'giou',
  summary: 'And the empty part of the smallest box around both.',
  source: 'Rezatofighi et al. 2019, arXiv:1902.09630, algorithm 1',
  build({ add, subtract, multiply, divide }, { iou, union, around: [width, height] }) {
    const area = multiply(width, height);
    return add(subtract(1, iou), divide(subtract(area, union), add(area, tiny)));
  },
};
