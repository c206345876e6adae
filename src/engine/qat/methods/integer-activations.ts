import { gradientDomain, type Attributes } from '../../ops/gradient/rule.ts';
import { isNarrow, isUnsigned, type Scheme } from '../../quantize/scheme.ts';
import type { ActivationRounding, QatActivation } from './method.ts';
import type { TrainedScales } from './scales.ts';

/** Activations as integers times a scale; the zero point stays where it is, so that a trained scale widens or narrows both ends. */
export function integerActivations(
  { scheme, halfUp }: QatActivation,
  scales: TrainedScales,
  attributes: Attributes = {},
): ActivationRounding {
  const range = { ...codesWritten(scheme), half_up: Number(halfUp) };
  return {
    value: scales.value,
    round: (site, value) => site.emit('FakeQuantize', [value, scales.value], { ...range, ...attributes }, gradientDomain),
    scale: (values) => scales.current(values)[0]!,
    ...(scales.hold ? { hold: scales.hold } : {}),
    ...(scales.state ? { state: scales.state } : {}),
  };
}

/** Ends of the codes that the written model can give, zero point taken off: it has a Clip only where the type holds more than one code too many. */
export function codesWritten(scheme: Scheme): { readonly low: number; readonly high: number } {
  const { type, lowest, highest, zeroPoint } = scheme;
  if (isNarrow(scheme)) return { low: lowest - zeroPoint, high: highest - zeroPoint };
  const levels = highest - lowest < 2 ** 8 ? 2 ** 8 : 2 ** 16;
  const first = isUnsigned(type) ? 0 : -levels / 2;
  return { low: first - zeroPoint, high: first + levels - 1 - zeroPoint };
}
