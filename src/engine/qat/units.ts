import { Tensor } from '../onnx/tensor.ts';
import type { MethodSite, Values } from './methods/method.ts';

/**
 * Weights of a channel have this root mean square in the units they are trained in, which is usual for convolutions: an optimizer whose steps do not depend on sizes
 * (Adam) would ruin a channel of small weights at a rate that hardly moves a large one. Folding batch normalization makes such channels.
 */
const usualWeight = 0.1;

/** The power of two next to `size`: products with it are exact. */
export const powerOfTwoNear = (size: number): number =>
  size > 0 && Number.isFinite(size) ? 2 ** Math.max(-60, Math.min(60, Math.round(Math.log2(size)))) : 1;

/** Unit of weights of this root mean square. */
export const weightUnit = (values: Iterable<number>): number => {
  let [sum, count] = [0, 0];
  for (const value of values) [sum, count] = [sum + value * value, count + 1];
  return powerOfTwoNear(Math.sqrt(sum / Math.max(1, count)) / usualWeight);
};

/** A trained tensor in units of its own. */
export interface ScaledParameter {
  /** The tensor itself, in the graph. */
  readonly value: string;
  /** As the graph computes it. */
  current(values: Values): Float32Array;
  /** Puts other numbers into it. */
  set(values: Values, to: Float32Array): void;
}

/** `units`: powers of two, one for each element of `unitDims`, which broadcasts to `dims`; `unitOf`: index of an element's unit. */
export function scaledParameter(
  site: MethodSite,
  name: string,
  initial: { readonly dims: readonly number[]; readonly values: Float32Array },
  units: { readonly dims: readonly number[]; readonly values: Float32Array; readonly of: (index: number) => number },
): ScaledParameter {
  const unitAt = (index: number): number => units.values[units.of(index)]!;
  const stored = initial.values.map((value, i) => value / unitAt(i));
  const parameter = site.parameter(name, Tensor.float32(initial.dims, stored), 'weight');
  const value = site.emit('Mul', [parameter, site.constant(Tensor.float32(units.dims, units.values))]);
  return {
    value,
    current: (values) => values(parameter).map((number, i) => number * unitAt(i)),
    set(values, to) {
      const now = values(parameter);
      for (let i = 0; i < now.length; i++) now[i] = to[i]! / unitAt(i);
    },
  };
}
