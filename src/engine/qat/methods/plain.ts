import { integerActivations } from './integer-activations.ts';
import { scaleDims, type QatMethod } from './method.ts';
import { roundedWeights } from './rounded-weights.ts';
import { fixedScales } from './scales.ts';

/** Straight-through estimator on the scales of post-training quantization. */
export const plain: QatMethod = {
  name: 'plain',
  summary: 'Scales stay as calibration found them; only weights and biases are trained.',
  source: 'Jacob et al., arXiv:1712.05877, section 3; Bengio et al., arXiv:1308.3432 (straight-through estimator)',
  weights: (layer, site) => roundedWeights(layer, site, fixedScales(site, layer.start.weights.scales, scaleDims(layer))),
  activations: (activation, site) => integerActivations(activation, fixedScales(site, Float32Array.of(activation.scheme.scale), [])),
};
