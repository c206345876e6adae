import type { Compiler } from './compile-plan.ts';
import type { BoardRunner } from './run-plan.ts';
import { zcu104Compiler } from './zcu104/compile.ts';
import { runner as zcu104Runner } from './zcu104/run.ts';

/** What compiles for a target. A new one is a `compile.ts` in its folder and a line here. */
export const compilers: readonly Compiler[] = [zcu104Compiler];

/** What runs a model on a target. A new one is a `run.ts` in its folder and a line here. */
export const runners: readonly BoardRunner[] = [zcu104Runner];

export const findCompiler = (target: string): Compiler | undefined => compilers.find((compiler) => compiler.target === target);
export const findRunner = (target: string): BoardRunner | undefined => runners.find((runner) => runner.target === target);
