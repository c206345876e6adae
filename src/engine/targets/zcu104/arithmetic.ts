import { divisor } from '../../xir/evaluate/along-axis.ts';

/**
 * Constants of the DPU's arithmetic, which has no division and no exponential: what its compiler puts in place of an operator's own.
 * Sources: Vitis AI 3.5, vai_q_pytorch nndct_shared/utils/dpu_utils.py and compile/xop_creator.py; Ryzen AI 1.1, simulate_dpu.py.
 */

/** The only slope below zero that the DPU has: 26/256. */
export const leakySlope = 26 / 256;

/** LeakyRelu slopes are stored in 1/256. */
export const roundedSlope = (alpha: number): number => Math.round(alpha * 256) / 256;

/** HardSigmoid is clip(x + 3, 0, 6) * 2731 / 2^14; behind clip(x + 3, 0, 6) / 6 that is a factor of 1.00012. */
export const hardSigmoidFactor = (6 * 2731) / 16384;

/** Fix position of a hard sigmoid inside a hard swish: one less than the width. */
export const hardSwishInnerPosition = 7;

const squares: Readonly<Record<number, number>> = {
  3: (9 * 7) / 64,
  5: (25 * 10) / 256,
  6: (36 * 7) / 256,
  7: (49 * 21) / 1024,
  14: (196 * 21) / 4096,
};

/** Windows with a side beyond this are not averaged by the DPU. */
const longestSide = 255;

/**
 * What the DPU's mean over a window comes to, as a factor on the true mean: 1/n is approximated by m / 2^s. Squares of 3, 5, 6, 7 and
 * 14 have fixed values; others the first s of 0 … ceil(log2(128 n)) - 1 whose m = round(2^s / n) comes closest. Powers of two are exact.
 */
export function averageFactor(height: number, width: number): number {
  if (Math.max(height, width) > longestSide) return 1;
  const fixed = height === width ? squares[height] : undefined;
  return fixed ?? nearestReciprocal(height * width) * height * width;
}

/** The m / 2^s that stands for 1 / n. */
export function nearestReciprocal(n: number): number {
  const { multiplier, shift } = divisor(n);
  return multiplier / 2 ** shift;
}
