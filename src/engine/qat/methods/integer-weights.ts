import { Tensor } from '../../onnx/tensor.ts';
import { gradientDomain, type Attributes } from '../../ops/gradient/rule.ts';
import { pairLimit } from '../../quantize/saturation.ts';
import { roundHalfEven } from '../../quantize/scheme.ts';
import { rowsOfWeights } from '../../quantize/weights.ts';
import { latentWeights } from '../latent.ts';
import type { MethodSite, QatLayer, Values, WeightRounding } from './method.ts';
import type { TrainedScales } from './scales.ts';

/** Weights as integers times a scale: fake quantization of latent weights (Jacob et al., arXiv:1712.05877, section 3). */
export function integerWeights(layer: QatLayer, site: MethodSite, scales: TrainedScales, attributes: Attributes = {}): WeightRounding {
  const { dims, low, high, start } = layer;
  const latent = site.parameter('weight', Tensor.float32(dims, latentWeights(layer)), 'weight');
  const { axis = -1 } = start.weights;
  const value = site.emit('FakeQuantize', [latent, scales.value], { low, high, axis, ...attributes }, gradientDomain);
  const codesNow = (values: Values): Int32Array => codesOfLatent(layer, values(latent), scales.current(values));
  return {
    value,
    scale: scales.value,
    codes: (values) => ({ codes: codesNow(values), scales: scales.current(values) }),
    hold(values, place) {
      scales.hold?.(values, place);
      if (layer.pairs) keepPairs(layer, layer.pairs, values(latent), scales.current(values));
    },
    ...(scales.state ? { state: scales.state } : {}),
  };
}

/** What FakeQuantize makes of the weights, as codes without zero points: float32 division, halves to even, cut off at the grid's ends. */
export function codesOfLatent(layer: QatLayer, latent: Float32Array, scales: Float32Array): Int32Array {
  const { dims, start, low, high } = layer;
  const rows = rowsOfWeights(dims, start.weights);
  const codes = new Int32Array(latent.length);
  for (let row = 0; row < rows.channels; row++) {
    for (let i = 0; i < rows.lengthOf(row); i++) {
      const at = rows.offset(row, i);
      codes[at] = Math.max(low, Math.min(high, roundHalfEven(Math.fround(latent[at]! / scales[row]!))));
    }
  }
  return codes;
}

/** How far below the next code a latent weight is put that had to be lowered, in steps. */
const below = 0.4;

/** Lowers latent weights whose codes would saturate together with their neighbour's, both by half of what is too much. */
function keepPairs(layer: QatLayer, pairs: Uint32Array, latent: Float32Array, scales: Float32Array): void {
  const codes = codesOfLatent(layer, latent, scales);
  const { start, dims } = layer;
  const scaleAt = rowIndex(rowsOfWeights(dims, start.weights), latent.length);
  for (let i = 0; i < pairs.length; i += 2) {
    const [first, second] = [pairs[i]!, pairs[i + 1]!];
    const [a, b] = [codes[first]!, codes[second]!];
    const excess = Math.abs(a + b) - pairLimit;
    if (excess <= 0 || a * b <= 0) continue;
    const sign = Math.sign(a);
    const share = Math.min(Math.abs(a), Math.ceil(excess / 2));
    const lowered = (at: number, code: number): void => {
      const limit = (code + sign * below) * scales[scaleAt[at]!]!;
      if (sign * latent[at]! > sign * limit) latent[at] = limit;
    };
    lowered(first, a - sign * share);
    lowered(second, b - sign * (excess - share));
  }
}

/** Row of each element. */
function rowIndex(rows: ReturnType<typeof rowsOfWeights>, size: number): Uint32Array {
  const index = new Uint32Array(size);
  for (let row = 0; row < rows.channels; row++) for (let i = 0; i < rows.lengthOf(row); i++) index[rows.offset(row, i)] = row;
  return index;
}
