import { integerActivations } from './integer-activations.ts';
import { integerWeights } from './integer-weights.ts';
import { scaleDims, type QatMethod } from './method.ts';
import { trainedScales } from './scales.ts';

/** Learned step size: scales of weights and activations are trained with the weights (Esser et al., arXiv:1902.08153, eqs. 1 to 5). */
export const lsq: QatMethod = {
  name: 'lsq',
  summary: 'The scales of weights and activations are trained together with the weights.',
  source: 'Esser et al., Learned step size quantization, arXiv:1902.08153',
  weights: (layer, site) => integerWeights(layer, site, trainedScales(site, layer.start.weights.scales, scaleDims(layer), 'scale')),
  activations: (activation, site) => {
    const { scheme, largestScale } = activation;
    return integerActivations(activation, trainedScales(site, Float32Array.of(scheme.scale), [], 'scale', largestScale));
  },
};
