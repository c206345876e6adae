import type { TaskKind } from '../tasks/definition.ts';
import type { Work } from './work.ts';

/** What carries out each task, loaded when one is run. Resolves with the exit code of cli.md; throws LatheError. */
export const works: Readonly<Record<TaskKind, (work: Work) => Promise<number>>> = {
  run: async (work) => (await import('./run.ts')).runWork(work),
  check: async (work) => (await import('./check.ts')).checkWork(work),
  compile: async (work) => (await import('./compile.ts')).compileWork(work),
  deploy: async (work) => (await import('./deploy.ts')).deployWork(work),
  import: async (work) => (await import('./import.ts')).importWork(work),
};
