import { LatheError } from '../../../base/errors.ts';
import type { TargetLimits } from '../../limits.ts';
import { judgeByRules, rulesOf } from '../../verdict/judge.ts';
import type { TargetVerdict } from '../../verdict/types.ts';
import { dpuArchitectures, findDpuArchitecture, type DpuArchitecture } from './architecture.ts';
import { dpuRules } from './index.ts';

/** A board with a DPUCZDX8G; `own` is the configuration of its ready-made image. */
export function dpuVerdict(target: TargetLimits, own: DpuArchitecture): TargetVerdict {
  return {
    target,
    accelerator: dpuRules.accelerator,
    architectures: [own, ...dpuArchitectures.filter(({ name }) => name !== own.name)].map(({ name, fingerprint }) => ({
      name,
      fingerprint,
    })),
    userDevice: 'USER',
    rules: rulesOf(dpuRules),
    judge({ flow, architecture }) {
      return judgeByRules(dpuRules, architecture === undefined ? own : known(architecture), flow);
    },
  };
}

function known(nameOrFingerprint: string): DpuArchitecture {
  const found = findDpuArchitecture(nameOrFingerprint);
  if (found) return found;
  throw new LatheError('check.architecture', `no DPU ${JSON.stringify(nameOrFingerprint.slice(0, 80))} is known`, {
    hint: `Known are ${dpuArchitectures.map(({ name, fingerprint }) => `${name} (${fingerprint})`).join(', ')}.`,
  });
}
