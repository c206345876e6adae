import { Tensor } from '../../onnx/tensor.ts';
import { gradientDomain } from '../../ops/gradient/rule.ts';
import { rowsOfWeights } from '../../quantize/weights.ts';
import { latentParameter } from './integer-weights.ts';
import { scaleDims, type MethodSite, type QatLayer, type WeightRounding } from './method.ts';
import type { TrainedScales } from './scales.ts';

/** Latent weights up to this multiple of their channel's mean magnitude pass gradients on; those beyond are sure of their sign. */
const reach = 4;

/**
 * The sign of each latent weight times a scale (Rastegari et al., XNOR-Net, arXiv:1603.05279, eqs. 6 and 11): 2·round(w / 2r + ½) − 1 with r so wide that most
 * weights lie inside, where the estimator is straight through. A channel of zeros stays zero.
 */
export function signWeights(layer: QatLayer, site: MethodSite, scales: TrainedScales): WeightRounding {
  const { dims, start } = layer;
  const latent = latentParameter(layer, site);
  const rows = rowsOfWeights(dims, start.weights);
  const rowOf = new Uint32Array(layer.weights.length);
  // 1 / 2r and, of channels that are all zero, a factor that keeps them so.
  const slopes = new Float32Array(rows.channels);
  const alive = new Float32Array(rows.channels);
  for (let row = 0; row < rows.channels; row++) {
    let sum = 0;
    for (let i = 0; i < rows.lengthOf(row); i++) {
      const at = rows.offset(row, i);
      rowOf[at] = row;
      sum += Math.abs(layer.weights[at]!);
      if (start.weights.data[at] !== start.weights.zeroPoints[row]) alive[row] = 1;
    }
    slopes[row] = sum > 0 ? rows.lengthOf(row) / (2 * reach * sum) : 1;
  }
  const { axis } = start.weights;
  const spread = axis === undefined ? [] : dims.map((dim, i) => (i === axis ? dim : 1));
  const constant = (values: Float32Array): string => site.constant(Tensor.float32(spread, values));
  const number = (value: number): string => site.constant(Tensor.float32([], [value]));
  const shifted = site.emit('Add', [site.emit('Mul', [latent.value, constant(slopes)]), number(0.5)]);
  const bits = site.emit('FakeQuantize', [shifted, number(1)], { low: 0, high: 1, axis: -1 }, gradientDomain);
  const signs = site.emit('Mul', [site.emit('Sub', [site.emit('Mul', [bits, number(2)]), number(1)]), constant(alive)]);
  const shape = site.constant(Tensor.int64([spread.length], spread));
  const scale = scaleDims(layer).length ? site.emit('Reshape', [scales.value, shape]) : scales.value;
  return {
    value: site.emit('Mul', [signs, scale]),
    scale: scales.value,
    codes(values) {
      // As the graph computes it, in float32; halves go to even, which is down.
      const positive = (weight: number, row: number): boolean => Math.fround(Math.fround(weight * slopes[row]!) + 0.5) > 0.5;
      const codes = Int32Array.from(latent.current(values), (weight, i) => (alive[rowOf[i]!] ? (positive(weight, rowOf[i]!) ? 1 : -1) : 0));
      return { codes, scales: scales.current(values) };
    },
    ...(scales.hold ? { hold: scales.hold } : {}),
    ...(scales.state ? { state: scales.state } : {}),
  };
}
