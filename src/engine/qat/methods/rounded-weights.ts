import { integerWeights } from './integer-weights.ts';
import type { MethodSite, QatLayer, WeightRounding } from './method.ts';
import type { TrainedScales } from './scales.ts';
import { signWeights } from './sign-weights.ts';

/** Weights on the layer's grid: integers, or signs where there is no zero among the codes (`weights: binary`). */
export const roundedWeights = (layer: QatLayer, site: MethodSite, scales: TrainedScales): WeightRounding =>
  layer.start.weights.bits === 'binary' ? signWeights(layer, site, scales) : integerWeights(layer, site, scales);
