import { cpuArm64 } from './cpu-arm64/limits.ts';
import { cpuX64Vnni } from './cpu-x64-vnni/limits.ts';
import { cpu } from './cpu/limits.ts';
import type { TargetLimits } from './limits.ts';
import { zcu104 } from './zcu104/limits.ts';

/** Every target, the default first. A new one is a folder with its `limits.ts` and a line here. */
export const targets: readonly TargetLimits[] = [cpu, cpuX64Vnni, cpuArm64, zcu104];

export const findTarget = (name: string): TargetLimits | undefined => targets.find((target) => target.name === name);
