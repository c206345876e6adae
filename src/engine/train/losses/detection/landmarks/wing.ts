import type { PointLoss } from './point-loss.ts';

/** In strides: the authors' 10 and 2 pixels of 256 are so many of a face that is eight strides wide. */
const [width, epsilon] = [0.3, 0.06];

export const wing: PointLoss = {
  name: 'wing',
  summary: 'The logarithm of small differences, large ones as they are: what is nearly right still counts.',
  source: 'Feng et al. 2018, arXiv:1711.06753, eq. 5',
  build({ abs, add, multiply, subtract, log, where, isLess }, difference) {
    const distance = abs(difference);
    const near = multiply(log(add(multiply(distance, 1 / epsilon), 1)), width);
    return where(isLess(distance, width), near, subtract(distance, width - width * Math.log(1 + width / epsilon)));
  },
};
