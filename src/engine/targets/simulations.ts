import type { Model } from '../onnx/graph.ts';
import { simulateEspDl } from './esp32s3/simulate.ts';
import type { TargetLimits } from './limits.ts';
import { simulate, type Simulation } from './zcu104/simulate.ts';

/** By family of targets with an arithmetic of their own: a quantized model as float operators that compute the same. */
export const simulations: Readonly<Record<NonNullable<TargetLimits['fixPositions']>, (quantized: Model) => Simulation>> = {
  dpu: simulate,
  'esp-dl': simulateEspDl,
};
