import type { Compiler } from './compile-plan.ts';
import type { BoardRunner } from './run-plan.ts';
import { runner as cpuArm64Runner } from './cpu-arm64/run.ts';
import { runner as cpuX64VnniRunner } from './cpu-x64-vnni/run.ts';
import { runner as cpuRunner } from './cpu/run.ts';
import { esp32s3Compiler } from './esp32s3/compile.ts';
import { runner as esp32s3Runner } from './esp32s3/run.ts';
import { hailo8Compiler } from './hailo8/compile.ts';
import { runner as hailo8Runner } from './hailo8/run.ts';
import { kv260Compiler } from './kv260/compile.ts';
import { runner as kv260Runner } from './kv260/run.ts';
import { tensorrtCompiler } from './tensorrt/compile.ts';
import { runner as tensorrtRunner } from './tensorrt/run.ts';
import { zcu102Compiler } from './zcu102/compile.ts';
import { runner as zcu102Runner } from './zcu102/run.ts';
import { zcu104Compiler } from './zcu104/compile.ts';
import { runner as zcu104Runner } from './zcu104/run.ts';

/** What compiles for a target. A new one is a `compile.ts` in its folder and a line here. */
export const compilers: readonly Compiler[] = [
  zcu104Compiler,
  zcu102Compiler,
  kv260Compiler,
  hailo8Compiler,
  esp32s3Compiler,
  tensorrtCompiler,
];

/** What runs a model on a target. A new one is a `run.ts` in its folder and a line here. */
export const runners: readonly BoardRunner[] = [
  cpuRunner,
  cpuArm64Runner,
  cpuX64VnniRunner,
  zcu104Runner,
  zcu102Runner,
  kv260Runner,
  esp32s3Runner,
  hailo8Runner,
  tensorrtRunner,
];

export const findCompiler = (target: string): Compiler | undefined => compilers.find((compiler) => compiler.target === target);
export const findRunner = (target: string): BoardRunner | undefined => runners.find((runner) => runner.target === target);
