import type { Compiler } from './compile-plan.ts';
import type { BoardRunner } from './run-plan.ts';
import { runner as cpuArm64Runner } from './cpu-arm64/run.ts';
import { runner as cpuX64VnniRunner } from './cpu-x64-vnni/run.ts';
import { runner as cpuRunner } from './cpu/run.ts';
import { zcu104Compiler } from './zcu104/compile.ts';
import { runner as zcu104Runner } from './zcu104/run.ts';

/** What compiles for a target. A new one is a `compile.ts` in its folder and a line here. */
export const compilers: readonly Compiler[] = [zcu104Compiler];

/** What runs a model on a target. A new one is a `run.ts` in its folder and a line here. */
export const runners: readonly BoardRunner[] = [cpuRunner, cpuArm64Runner, cpuX64VnniRunner, zcu104Runner];

export const findCompiler = (target: string): Compiler | undefined => compilers.find((compiler) => compiler.target === target);
export const findRunner = (target: string): BoardRunner | undefined => runners.find((runner) => runner.target === target);
