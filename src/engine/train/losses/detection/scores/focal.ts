import { binaryCrossEntropy, type ScoreLoss } from './score-loss.ts';

/** Share of what has an object; background gets the rest. */
const alpha = 0.25;

export const focal: ScoreLoss = {
  name: 'focal',
  summary: 'Cross-entropy times the squared probability of the other answer, and background more than objects.',
  source: 'Lin et al. 2017, arXiv:1708.02002, eq. 5 with γ = 2, α = 0.25; between 0 and 1 a mixture of both by the target',
  build(algebra, odds, target) {
    const { add, subtract, multiply, square, sigmoid } = algebra;
    const p = sigmoid(odds);
    const background = multiply(binaryCrossEntropy(algebra, odds, 0), square(p), 1 - alpha);
    if (target === 0) return background;
    const object = multiply(binaryCrossEntropy(algebra, odds, 1), square(subtract(1, p)), alpha);
    return target === 1 ? object : add(multiply(object, target), multiply(background, subtract(1, target)));
  },
};
