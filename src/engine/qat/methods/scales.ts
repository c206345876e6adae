import { Tensor } from '../../onnx/tensor.ts';
import { scalesFrozen } from '../freeze.ts';
import { scaleDims, type Holding, type MethodSite, type ParameterKind, type QatActivation, type QatLayer, type Values } from './method.ts';

/** Scales in the training graph. */
export interface TrainedScales extends Holding {
  /** Vector of them, or a lone number. */
  readonly value: string;
  /** As the graph computes them. */
  current(values: Values): Float32Array;
}

/** Trained scales stay between these multiples of what they began with: positive, and a bias still fits its int32. */
const [least, most] = [1 / 8, 8];

/**
 * Scales that are trained, as multiples of what they begin with: an optimizer of equal steps for all (Adam) then moves the small ones of some channels as
 * fast as the large ones of others. They stand still for the last part of the training (`freeze-scales`). `largest`: of a scale.
 */
export function trainedScales(
  site: MethodSite,
  initial: Float32Array,
  dims: readonly number[],
  kind: ParameterKind,
  largest = Infinity,
): TrainedScales {
  const factors = site.parameter('scale', Tensor.float32(dims, new Float32Array(initial.length).fill(1)), kind);
  const value = site.emit('Mul', [site.constant(Tensor.float32(dims, initial)), factors]);
  const kept = new Float32Array(initial.length).fill(1);
  return {
    value,
    current: (values) => Float32Array.from(values(factors), (factor, i) => Math.fround(factor * initial[i]!)),
    hold(values, place) {
      const now = values(factors);
      if (scalesFrozen(site.settings, place)) now.set(kept);
      for (let i = 0; i < now.length; i++) now[i] = Math.max(least, Math.min(most, factorBelow(largest, initial[i]!), now[i]!));
      kept.set(now);
    },
    state: () => ({ kept }),
  };
}

/** The largest float32 factor whose product is not above `largest`. */
function factorBelow(largest: number, initial: number): number {
  let factor = Math.fround(largest / initial);
  while (Number.isFinite(factor) && Math.fround(factor * initial) > largest) factor = Math.fround(factor * (1 - 2 ** -23));
  return factor;
}

/** Of a layer's weights: trained, or fix positions, which stay as they are: other layers' shifts depend on them. */
export const weightScalesOf = (layer: QatLayer, site: MethodSite): TrainedScales => {
  const { scales } = layer.start.weights;
  return layer.powerOfTwo ? fixedScales(site, scales, scaleDims(layer)) : trainedScales(site, scales, scaleDims(layer), 'scale');
};

/** Of activations, likewise. */
export function scalesOf({ scheme, largestScale, powerOfTwo }: QatActivation, site: MethodSite, kind: ParameterKind): TrainedScales {
  const initial = Float32Array.of(scheme.scale);
  return powerOfTwo ? fixedScales(site, initial, []) : trainedScales(site, initial, [], kind, largestScale);
}

/** Scales that stay as they are. */
export function fixedScales(site: MethodSite, initial: Float32Array, dims: readonly number[]): TrainedScales {
  return { value: site.constant(Tensor.float32(dims, initial)), current: () => initial };
}
