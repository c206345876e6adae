import { LatheError } from '../../src/engine/base/errors.ts';
import type { Answer, Job } from './jobs.ts';
import { stampsOf } from './stamps.ts';

/** What a job found, and the files that it depends on beside the one it is about. */
export interface Found {
  readonly value: unknown;
  readonly files?: readonly string[];
}

/** Loaded when first needed: a thread that only counts pictures needs no operators. */
const readers: { readonly [Kind in Job['kind']]: (job: Extract<Job, { kind: Kind }>) => Promise<Found> } = {
  model: async (job) => (await import('./readers/model.ts')).readModelFacts(job),
  details: async (job) => (await import('./readers/model.ts')).readModelDetails(job),
  pruning: async (job) => (await import('./readers/pruning.ts')).readPruning(job),
  data: async (job) => (await import('./readers/data.ts')).readDataFacts(job),
  figures: async (job) => (await import('./readers/figures.ts')).readFigures(job),
  'last-run': async (job) => (await import('./readers/last-run.ts')).readLastRun(job),
  outline: async (job) => (await import('./readers/outline.ts')).readOutline(job),
  workspace: async (job) => (await import('./readers/workspace.ts')).readWorkspace(job),
};

/** Does a job. What is wrong with files is in the answer. */
export async function perform(job: Job): Promise<Answer> {
  // Looked at before it is read: what changes meanwhile is seen as a change.
  const about = stampsOf(aboutOf(job));
  try {
    const read = readers[job.kind] as (job: Job) => Promise<Found>;
    const { value, files = [] } = await read(job);
    return { value, stamps: { ...stampsOf(files), ...about } } as Answer;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { problem: problemOf(error), stamps: about };
  }
}

function aboutOf(job: Job): readonly string[] {
  if (job.kind === 'workspace') return job.folders;
  return [job.kind === 'data' ? job.place.path : job.file];
}

function problemOf(error: Error): { code: string; message: string } {
  if (!(error instanceof LatheError)) return { code: 'facts.failed', message: `it cannot be read: ${error.message.slice(0, 300)}` };
  const { hint, offset, node } = error.place;
  const where = `${offset === undefined ? '' : ` (byte ${offset})`}${node === undefined ? '' : ` (node ${JSON.stringify(node).slice(0, 120)})`}`;
  return { code: error.code, message: `${error.message}${where}${hint ? `. ${hint}` : ''}` };
}
