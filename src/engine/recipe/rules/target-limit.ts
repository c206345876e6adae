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
      const limits = limitsOf(target, name);
      const [said, path] = name === 'joint' ? [written['qat'], ['qat']] : [written, []];
      for (const [key, value] of Object.entries(isObject(said) ? said : {}))
        if (value !== undefined) yield* checkLimit(target, limits, key, value, ['steps', index, name, ...path, key]);
    }
    const limits = Object.assign({}, ...steps.map(({ name }) => limitsOf(target, name))) as Limits;
    for (const { written, override } of layers) {
      for (const [key, value] of Object.entries(override)) {
        if (value === false && findStep(key)) continue;
        yield* checkLimit(target, limits, key, value, ['layers', written, key]);
      }
    }
  },
};

type Limits = NonNullable<TargetLimits['settings'][string]>;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Steps whose keys say how things are rounded as those of `quantize` do; `method` is another thing there. */
const roundingSteps: ReadonlySet<string> = new Set(['qat', 'joint']);

function limitsOf({ settings }: TargetLimits, step: string): Limits {
  if (!roundingSteps.has(step)) return settings[step] ?? {};
  const { method: _, ...limits } = settings['quantize'] ?? {};
  return { ...limits, ...settings[step] };
}

function* checkLimit(target: TargetLimits, limits: Limits, key: string, value: unknown, path: Path): Generator<Issue> {
  const limit = Object.hasOwn(limits, key) ? limits[key] : undefined;
  if (!limit?.allowed || limit.allowed.includes(value)) return;
  const only = limit.allowed.map(String).join(' or ');
  const message = `${target.name} takes only ${key}: ${only}, not ${String(value)}${limit.reason ? `: ${limit.reason}` : ''}`;
  const fix = limit.allowed.length === 1 ? { fix: String(limit.allowed[0]) } : {};
  const fixes = limit.allowed.length === 1 ? [] : limit.allowed.map((one) => ({ title: `Set ${key}: ${String(one)}`, changes: [{ kind: 'set' as const, path, value: one }] })); // prettier-ignore
  const related = [{ path: ['target'], at: 'value' as const, message: `${target.name}: ${target.title}` }];
  yield { path, at: 'value', severity: 'error', code: 'recipe.target-limit', message, ...fix, fixes, related };
}
