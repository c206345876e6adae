import { chain as cpuArm64 } from '../cpu-arm64/chain.ts';
import { chain as cpuX64Vnni } from '../cpu-x64-vnni/chain.ts';
import { chain as cpu } from '../cpu/chain.ts';
import { chain as esp32s3 } from '../esp32s3/chain.ts';
import { chain as hailo8 } from '../hailo8/chain.ts';
import { chain as kv260 } from '../kv260/chain.ts';
import { chain as tensorrt } from '../tensorrt/chain.ts';
import { chain as zcu102 } from '../zcu102/chain.ts';
import { chain as zcu104 } from '../zcu104/chain.ts';
import type { ChainTarget } from './types.ts';

/** Every target's way with several models. A new one is a `chain.ts` in its folder and a line here. */
export const chainTargets: readonly ChainTarget[] = [cpu, cpuX64Vnni, cpuArm64, zcu104, zcu102, kv260, esp32s3, hailo8, tensorrt];

export const findChainTarget = (target: string): ChainTarget | undefined => chainTargets.find((known) => known.target === target);
