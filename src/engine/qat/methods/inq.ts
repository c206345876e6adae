import { LatheError } from '../../base/errors.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { rowsOfWeights } from '../../quantize/weights.ts';
import type { Place } from '../../train/task.ts';
import { integerActivations } from './integer-activations.ts';
import { latentParameter } from './integer-weights.ts';
import { scaleDims, type MethodSite, type QatLayer, type QatMethod, type WeightRounding } from './method.ts';
import { powersOfTwo } from './powers-of-two.ts';
import { roundedWeights } from './rounded-weights.ts';
import { fixedScales, scalesOf } from './scales.ts';

/** Part of the training at which a share of a layer's weights has been rounded and stands still (section 2.2 and table 1 of the paper). */
const partitions = [
  { from: 0, share: 0.5 },
  { from: 0.25, share: 0.75 },
  { from: 0.5, share: 0.875 },
  { from: 0.75, share: 1 },
] as const;

/** Share of the weights that stand still at a place. */
export function shareAt({ step, stepsPerEpoch, epochs }: Place): number {
  const progress = step / Math.max(1, stepsPerEpoch * epochs);
  return partitions.findLast(({ from }) => progress >= from)!.share;
}

/** A grid of codes for each row of a layer's weights. */
export interface CodeGrid {
  /** One a row. */
  readonly scales: Float32Array;
  /** The nearest code of a weight of that row. */
  code(weight: number, row: number): number;
}

/**
 * Incremental quantization (Zhou et al., arXiv:1702.03044): the largest weights are rounded first and stand still, the rest are trained in float to make up for
 * them, in four parts, to the end.
 */
export const inq: QatMethod = {
  name: 'inq',
  summary:
    'Weights are rounded in four parts, the largest first, while the rest goes on learning in float; to powers of two, or to integers (`grid`).',
  source: 'Zhou et al., Incremental network quantization, arXiv:1702.03044',
  // What is not yet rounded can take the steps of plain training, and has to catch up with what is.
  weightRate: 10,
  weights(layer, site) {
    // A sign has no magnitude to begin with.
    if (layer.start.weights.bits === 'binary')
      return roundedWeights(layer, site, fixedScales(site, layer.start.weights.scales, scaleDims(layer)));
    return incremental(layer, site, site.settings.grid === 'integers' ? integers(layer) : gridOfPowers(layer));
  },
  activations: (activation, site) => integerActivations(activation, scalesOf(activation, site, 'scale')),
};

function gridOfPowers(layer: QatLayer): CodeGrid {
  if (!layer.powerOfTwo) return powersOfTwo(layer);
  throw new LatheError('qat.format', 'weights that are powers of two have scales of their own, not those of fix positions', {
    node: layer.name,
    hint: 'Use grid: integers, or scales: float.',
  });
}

const integers = ({ start, low, high }: QatLayer): CodeGrid => ({
  scales: start.weights.scales,
  code: (weight, row) => Math.max(low, Math.min(high, Math.round(weight / start.weights.scales[row]!))),
});

function incremental(layer: QatLayer, site: MethodSite, grid: CodeGrid): WeightRounding {
  const { dims, start } = layer;
  const latent = latentParameter(layer, site);
  const rows = rowsOfWeights(dims, start.weights);
  const rowOf = new Uint32Array(layer.weights.length);
  for (let row = 0; row < rows.channels; row++) for (let i = 0; i < rows.lengthOf(row); i++) rowOf[rows.offset(row, i)] = row;
  const valueOf = (code: number, at: number): number => Math.fround(code * grid.scales[rowOf[at]!]!);
  const codeOf = (weight: number, at: number): number => grid.code(weight, rowOf[at]!);
  // 1: rounded, and not to change any more; its code.
  const [fixed, codes] = [new Float32Array(rowOf.length), new Float32Array(rowOf.length)];
  return {
    value: latent.value,
    scale: site.constant(Tensor.float32(scaleDims(layer), grid.scales)),
    codes: (values) => ({
      codes: Int32Array.from(latent.current(values), (weight, at) => (fixed[at] ? codes[at]! : codeOf(weight, at))),
      scales: grid.scales,
    }),
    hold(values, place) {
      const now = latent.current(values);
      for (const at of largest(now, fixed, Math.ceil(shareAt(place) * now.length))) [fixed[at], codes[at]] = [1, codeOf(now[at]!, at)];
      for (let at = 0; at < now.length; at++) if (fixed[at]) now[at] = valueOf(codes[at]!, at);
      latent.set(values, now);
    },
    state: () => ({ fixed, codes }),
  };
}

/** The free weights that have to be fixed as well so that `count` are: those of the largest magnitudes. */
function largest(weights: Float32Array, fixed: Float32Array, count: number): Uint32Array {
  let done = 0;
  for (const one of fixed) done += one;
  if (count <= done) return new Uint32Array();
  const free = Uint32Array.from(weights.keys()).filter((at) => !fixed[at]);
  return free.sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b).subarray(0, count - done);
}
