import { binaryCrossEntropy, type ScoreLoss } from './score-loss.ts';

export const qualityFocal: ScoreLoss = {
  name: 'quality-focal',
  summary: 'Cross-entropy times the squared distance from the target: what is nearly right counts little, also where targets are overlaps.',
  source: 'Li et al. 2020, Generalized focal loss, arXiv:2006.04388, eq. 3 with β = 2',
  build(algebra, odds, target) {
    const { multiply, square, subtract, sigmoid } = algebra;
    const distance = target === 0 ? sigmoid(odds) : subtract(sigmoid(odds), target);
    return multiply(binaryCrossEntropy(algebra, odds, target), square(distance));
  },
};
