import { integerActivations } from './integer-activations.ts';
import { scaleDims, type QatMethod } from './method.ts';
import { roundedWeights } from './rounded-weights.ts';
import { fixedScales, scalesOf } from './scales.ts';

/** Clipping bounds of activations are trained by what they cut off, and shrink under weight decay (Choi et al., arXiv:1805.06085, eqs. 1 to 3). */
export const pact: QatMethod = {
  name: 'pact',
  summary: 'The bounds where activations are cut off are trained, and held back by weight decay; scales of weights stay.',
  source: 'Choi et al., PACT, arXiv:1805.06085',
  weights: (layer, site) => roundedWeights(layer, site, fixedScales(site, layer.start.weights.scales, scaleDims(layer))),
  activations: (activation, site) => integerActivations(activation, scalesOf(activation, site, 'clip'), { clipping: 1 }),
};
