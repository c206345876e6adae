import { quantizeStep, type QuantizeSettings } from '../quantize/step.ts';
import { fillDefaults } from '../recipe/defaults.ts';
import type { TargetLimits } from '../targets/limits.ts';

/** Settings of the step `quantize` where nobody has said anything: the target's defaults over the step's own. */
export function quantizeDefaults(target: TargetLimits): QuantizeSettings {
  const limits = Object.entries(target.settings['quantize'] ?? {});
  const given = Object.fromEntries(limits.flatMap(([key, limit]) => (limit.default === undefined ? [] : [[key, limit.default]])));
  return fillDefaults(quantizeStep.parameters, given) as QuantizeSettings;
}
