import type { Issue, Path } from '../check.ts';
import type { TargetLimits } from '../../targets/limits.ts';
import { findStep } from '../steps.ts';
import type { Rule } from './rule.ts';

/** What the target cannot do. */
export const targetLimit: Rule = {
  kinds: [
    {
      code: 'recipe.target-limit',
      severity: 'error',
      title: 'A setting that the target cannot run',
      text: 'Boards multiply only some widths and rescale only in some ways: the DPU of a ZCU104 takes 8-bit integers and scales that are powers of two. What a target takes is said by `lathe targets`. Where one value is left, leaving the key out chooses it.',
      example: 'target: zcu104\nsteps:\n  - quantize: { scales: float }',
    },
  ],
  *check({ target, steps, layers }) {
    for (const { index, name, written } of steps) {
      for (const key of Object.keys(target.settings[name] ?? {}))
        if (written[key] !== undefined) yield* checkLimit(target, name, key, written[key], ['steps', index, name, key]);
    }
    const used = new Set(steps.map(({ name }) => name));
    for (const { written, override } of layers) {
      for (const [key, value] of Object.entries(override)) {
        if (value === false && findStep(key)) continue;
        for (const step of used) yield* checkLimit(target, step, key, value, ['layers', written, key]);
      }
    }
  },
};

function* checkLimit(target: TargetLimits, step: string, key: string, value: unknown, path: Path): Generator<Issue> {
  const limit = target.settings[step]?.[key];
  if (!limit?.allowed || limit.allowed.includes(value)) return;
  const only = limit.allowed.map(String).join(' or ');
  const message = `${target.name} takes only ${key}: ${only}, not ${String(value)}${limit.reason ? `: ${limit.reason}` : ''}`;
  const fix = limit.allowed.length === 1 ? { fix: String(limit.allowed[0]) } : {};
  const fixes = limit.allowed.length === 1 ? [] : limit.allowed.map((one) => ({ title: `Set ${key}: ${String(one)}`, changes: [{ kind: 'set' as const, path, value: one }] })); // prettier-ignore
  const related = [{ path: ['target'], at: 'value' as const, message: `${target.name}: ${target.title}` }];
  yield { path, at: 'value', severity: 'error', code: 'recipe.target-limit', message, ...fix, fixes, related };
}
