import { cpuArm64 } from './cpu-arm64/limits.ts';
import { cpuX64Vnni } from './cpu-x64-vnni/limits.ts';
import { cpu } from './cpu/limits.ts';
import { esp32s3 } from './esp32s3/limits.ts';
import { hailo8 } from './hailo8/limits.ts';
import { kv260 } from './kv260/limits.ts';
import type { TargetLimits } from './limits.ts';
import { tensorrt } from './tensorrt/limits.ts';
import { zcu102 } from './zcu102/limits.ts';
import { zcu104 } from './zcu104/limits.ts';

/** Every target, the default first. A new one is a folder with its `limits.ts` and a line here. */
export const targets: readonly TargetLimits[] = [cpu, cpuX64Vnni, cpuArm64, zcu104, zcu102, kv260, hailo8, esp32s3, tensorrt];

export const findTarget = (name: string): TargetLimits | undefined => targets.find((target) => target.name === name);
