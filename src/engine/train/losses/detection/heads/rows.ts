import type { Algebra } from '../algebra.ts';
import type { Head } from './head.ts';

/** Fields that are centre, width and height in pixels of the picture. */
export const middleAndSize: Head['corners'] = ({ add, subtract, multiply }: Algebra, [x, y, width, height]) => {
  const [halfWidth, halfHeight] = [multiply(width, 0.5), multiply(height, 0.5)];
  return { left: subtract(x, halfWidth), top: subtract(y, halfHeight), right: add(x, halfWidth), bottom: add(y, halfHeight) };
};
