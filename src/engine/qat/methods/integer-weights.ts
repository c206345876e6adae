import { gradientDomain, type Attributes } from '../../ops/gradient/rule.ts';
import { pairLimit } from '../../quantize/saturation.ts';
import { roundHalfEven } from '../../quantize/scheme.ts';
import { rowsOfWeights } from '../../quantize/weights.ts';
import { latentWeights } from '../latent.ts';
import { scaledParameter, weightUnit, type ScaledParameter } from '../units.ts';
import type { MethodSite, QatLayer, WeightRounding } from './method.ts';
import type { TrainedScales } from './scales.ts';

/** Weights as integers times a scale: fake quantization of latent weights (Jacob et al., arXiv:1712.05877, section 3). */
export function integerWeights(layer: QatLayer, site: MethodSite, scales: TrainedScales, attributes: Attributes = {}): WeightRounding {
  const { low, high, start, pairs } = layer;
  const latent = latentParameter(layer, site);
  const { axis = -1 } = start.weights;
  const value = site.emit('FakeQuantize', [latent.value, scales.value], { low, high, axis, ...attributes }, gradientDomain);
  return {
    value,
    scale: scales.value,
    codes: (values) => ({ codes: codesOfLatent(layer, latent.current(values), scales.current(values)), scales: scales.current(values) }),
    hold(values, place) {
      scales.hold?.(values, place);
      if (!pairs) return;
      const now = latent.current(values);
      if (keepPairs(layer, pairs, now, scales.current(values))) latent.set(values, now);
    },
    ...(scales.state ? { state: scales.state } : {}),
  };
}

/** The weights that are trained and stay float: they begin with the codes of `start`. */
export function latentParameter(layer: QatLayer, site: MethodSite): ScaledParameter {
  const { dims, start } = layer;
  const values = latentWeights(layer);
  const rows = rowsOfWeights(dims, start.weights);
  const rowOf = rowIndex(rows, values.length);
  const units = Float32Array.from({ length: rows.channels }, (_, row) =>
    weightUnit(Array.from({ length: rows.lengthOf(row) }, (__, i) => values[rows.offset(row, i)]!)),
  );
  const { axis } = start.weights;
  const unitDims = axis === undefined ? [] : dims.map((dim, i) => (i === axis ? dim : 1));
  return scaledParameter(site, 'weight', { dims, values }, { dims: unitDims, values: units, of: (index) => rowOf[index]! });
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

/** Lowers latent weights whose codes would saturate together with their neighbour's, both by half of what is too much. True where there were any. */
function keepPairs(layer: QatLayer, pairs: Uint32Array, latent: Float32Array, scales: Float32Array): boolean {
  const codes = codesOfLatent(layer, latent, scales);
  const { start, dims } = layer;
  let changed = false;
  const scaleAt = rowIndex(rowsOfWeights(dims, start.weights), latent.length);
  for (let i = 0; i < pairs.length; i += 2) {
    const [first, second] = [pairs[i]!, pairs[i + 1]!];
    const [a, b] = [codes[first]!, codes[second]!];
    const excess = Math.abs(a + b) - pairLimit;
    if (excess <= 0 || a * b <= 0) continue;
    changed = true;
    const sign = Math.sign(a);
    const share = Math.min(Math.abs(a), Math.ceil(excess / 2));
    const lowered = (at: number, code: number): void => {
      const limit = (code + sign * below) * scales[scaleAt[at]!]!;
      if (sign * latent[at]! > sign * limit) latent[at] = limit;
    };
    lowered(first, a - sign * share);
    lowered(second, b - sign * (excess - share));
  }
  return changed;
}

/** Row of each element. */
function rowIndex(rows: ReturnType<typeof rowsOfWeights>, size: number): Uint32Array {
  const index = new Uint32Array(size);
  for (let row = 0; row < rows.channels; row++) for (let i = 0; i < rows.lengthOf(row); i++) index[rows.offset(row, i)] = row;
  return index;
}
