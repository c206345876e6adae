import { binaryCrossEntropy, type ScoreLoss } from './score-loss.ts';

export const bce: ScoreLoss = {
  name: 'bce',
  summary: 'Binary cross-entropy.',
  source: 'Ge et al. 2021, YOLOX, arXiv:2107.08430; libfacedetection.train',
  build: binaryCrossEntropy,
};
