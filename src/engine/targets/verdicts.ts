import { cpuArm64 } from './cpu-arm64/limits.ts';
import { cpuX64Vnni } from './cpu-x64-vnni/limits.ts';
import { cpu } from './cpu/limits.ts';
import { esp32s3Verdict } from './esp32s3/verdict.ts';
import { hailo8Verdict } from './hailo8/verdict.ts';
import { kv260 } from './kv260/limits.ts';
import { tensorrtVerdict } from './tensorrt/verdict.ts';
import { cpuVerdict } from './verdict/cpu.ts';
import type { TargetVerdict } from './verdict/types.ts';
import { zcu102 } from './zcu102/limits.ts';
import { zcu104 } from './zcu104/limits.ts';
import { b4096 } from './zcu104/verdict/architecture.ts';
import { dpuVerdict } from './zcu104/verdict/target.ts';

export type { NodeVerdict, TargetVerdict, Verdict } from './verdict/types.ts';

/** Every target that says where nodes run. A new one is a verdict in its target's folder and a line here. */
export const verdicts: readonly TargetVerdict[] = [
  dpuVerdict(zcu104, b4096),
  dpuVerdict(zcu102, b4096),
  dpuVerdict(kv260, b4096),
  hailo8Verdict,
  esp32s3Verdict,
  tensorrtVerdict,
  cpuVerdict(cpu),
  cpuVerdict(cpuX64Vnni),
  cpuVerdict(cpuArm64),
];

/** Those that have an accelerator beside the CPU. */
export const acceleratorVerdicts: readonly (TargetVerdict & { readonly accelerator: string })[] = verdicts.flatMap((verdict) =>
  verdict.accelerator === undefined ? [] : [{ ...verdict, accelerator: verdict.accelerator }],
);

export const findVerdict = (target: string): TargetVerdict | undefined => verdicts.find((verdict) => verdict.target.name === target);
