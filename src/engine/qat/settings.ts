import { LatheError } from '../base/errors.ts';
import { quantizeStep, type QuantizeSettings } from '../quantize/step.ts';
import type { TargetLimits } from '../targets/limits.ts';
import { ownDefaults, type QatSettings } from './step.ts';

/**
 * How the model is rounded: this step's own keys, over those of the `quantize` step before it, over the target's, over the defaults. Throws `qat.method`
 * where the `quantize` before left activations to the run time, and `qat.target` for what the target does not take.
 */
export function quantizeSettings(own: QatSettings, before: QuantizeSettings | undefined, target: TargetLimits): QuantizeSettings {
  if (before && before.method !== 'static')
    throw new LatheError('qat.method', `qat rounds activations on fixed scales; the step quantize before it has method: ${before.method}`, {
      hint: 'Give it method: static, or leave it out: qat quantizes by itself.',
    });
  const limits = target.settings['quantize'] ?? {};
  const merged: Record<string, unknown> = { ...ownDefaults };
  for (const [key, schema] of Object.entries(quantizeStep.parameters.properties)) {
    const written = Object.hasOwn(quantizeOnly, key) ? undefined : (own as Record<string, unknown>)[key];
    const known =
      written ??
      before?.[key as keyof QuantizeSettings] ??
      limits[key]?.default ??
      merged[key] ??
      structuredClone(schema['default'] as unknown);
    if (known !== undefined) merged[key] = known;
    const allowed = limits[key]?.allowed;
    if (allowed && known !== undefined && !allowed.includes(known)) {
      const reason = limits[key]?.reason;
      const only = allowed.map(String).join(' or ');
      throw new LatheError('qat.target', `${target.name} takes only ${key}: ${only}, not ${String(known)}${reason ? `: ${reason}` : ''}`);
    }
  }
  return merged as QuantizeSettings;
}

/** Keys whose name means something else in `qat`. */
const quantizeOnly: Readonly<Record<string, true>> = { method: true };
