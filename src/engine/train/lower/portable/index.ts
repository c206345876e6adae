import type { Lowering } from '../lowering.ts';
import { batchNormalization, batchNormalizationGradient } from './batch-normalization.ts';
import { convInputGradient } from './conv-input-gradient.ts';
import { convWeightGradient } from './conv-weight-gradient.ts';
import { fakeQuantize, fakeQuantizeGradient } from './fake-quantize.ts';
import { maxPoolGradient } from './max-pool-gradient.ts';
import { conv } from './small-pictures.ts';

/** Standard operators only: any provider of ONNX Runtime takes them. */
export const portable: Lowering = new Map([
  ['BatchNormalization', batchNormalization],
  ['BatchNormalizationGradient', batchNormalizationGradient],
  ['Conv', conv],
  ['ConvInputGradient', convInputGradient],
  ['ConvWeightGradient', convWeightGradient],
  ['FakeQuantize', fakeQuantize],
  ['FakeQuantizeGradient', fakeQuantizeGradient],
  ['MaxPoolGradient', maxPoolGradient],
]);
