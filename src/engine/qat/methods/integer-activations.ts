import { gradientDomain, type Attributes } from '../../ops/gradient/rule.ts';
import type { ActivationRounding, QatActivation } from './method.ts';
import type { TrainedScales } from './scales.ts';

/** Activations as integers times a scale; the zero point stays where it is, so that a trained scale widens or narrows both ends. */
export function integerActivations({ scheme }: QatActivation, scales: TrainedScales, attributes: Attributes = {}): ActivationRounding {
  const range = { low: scheme.lowest - scheme.zeroPoint, high: scheme.highest - scheme.zeroPoint };
  return {
    round: (site, value) => site.emit('FakeQuantize', [value, scales.value], { ...range, ...attributes }, gradientDomain),
    scale: (values) => scales.current(values)[0]!,
    ...(scales.hold ? { hold: scales.hold } : {}),
    ...(scales.state ? { state: scales.state } : {}),
  };
}
