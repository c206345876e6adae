import { integerActivations } from './integer-activations.ts';
import type { QatMethod } from './method.ts';
import { roundedWeights } from './rounded-weights.ts';
import { scalesOf, weightScalesOf } from './scales.ts';

/** Learned step size: scales of weights and activations are trained with the weights (Esser et al., arXiv:1902.08153, eqs. 1 to 5). */
export const lsq: QatMethod = {
  name: 'lsq',
  summary: 'The scales of weights and activations are trained together with the weights.',
  source: 'Esser et al., Learned step size quantization, arXiv:1902.08153',
  weights: (layer, site) => roundedWeights(layer, site, weightScalesOf(layer, site)),
  activations: (activation, site) => integerActivations(activation, scalesOf(activation, site, 'scale')),
};
