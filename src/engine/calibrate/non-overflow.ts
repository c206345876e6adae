import { Type } from '@sinclair/typebox';
import type { RangeEstimator } from './estimator.ts';

const parameters = Type.Object({}, { additionalProperties: false });

/**
 * The finest power of two with which neither end of the range seen is clipped, which is how Vitis AI documents its NonOverflow method. (The code
 * of vai_q_onnx 3.5 rounds the exponent to the nearest integer, so that its extremes can overflow by up to 41 %; the documented
 * meaning is what people choose it for.) With float scales it is the same as minmax.
 */
export const nonOverflow: RangeEstimator<typeof parameters> = {
  declaration: {
    name: 'non-overflow',
    summary: 'With `scales: power-of-two` the finest fix position that clips nothing; with float scales the same as minmax.',
    source: 'AMD UG1414, Vitis AI Quantizer Flow; vai_q_onnx PowerOfTwoMethod.NonOverflow',
    parameters,
  },
  needs: 'minmax',
  estimate: ({ low, high }) => (low <= high ? { low, high } : { low: 0, high: 0 }),
};
