import type { PointLoss } from './point-loss.ts';

/** Strides within which the loss is a parabola. */
const beta = 1 / 9;

export const smoothL1: PointLoss = {
  name: 'smooth-l1',
  summary: 'The absolute difference, squared within a ninth of a stride.',
  source: 'Girshick 2015, Fast R-CNN, arXiv:1504.08083, eq. 3; β as libfacedetection.train',
  build({ abs, square, multiply, subtract, where, isLess }, difference) {
    const distance = abs(difference);
    return where(isLess(distance, beta), multiply(square(difference), 0.5 / beta), subtract(distance, 0.5 * beta));
  },
};
