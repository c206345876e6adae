import type { ResolvedStep } from '../../engine/recipe/types.ts';
import type { CurveRow } from '../../protocol/curve-layout.ts';
import type { Job } from '../../protocol/job.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import type { ShownTraining, TrainingAction, TrainingStatus } from '../../protocol/training-messages.ts';
import type { RunningJob } from '../jobs/running-job.ts';
import { runSummary } from '../jobs/wording.ts';

type ShownJob = Pick<RunningJob, 'title' | 'text' | 'fraction'>;

/** How the run stands: as its job in this window says, else as its record does. */
export function statusOf(job: ShownJob | undefined, run: RunSummary | undefined, title: string): TrainingStatus {
  if (job) {
    const { text, fraction } = job;
    return fraction === undefined
      ? { title, state: 'waiting', text, can: ['cancel'] }
      : { title, state: 'running', text, fraction, can: ['cancel'] };
  }
  if (!run) return { title, state: 'unreadable', text: 'The folder of this run is gone.', can: [] };
  return { title, state: run.status, text: textOf(run), can: actionsOf(run) };
}

function textOf(run: RunSummary): string {
  switch (run.status) {
    case 'finished':
      return runSummary(run);
    case 'running':
      return 'in another window or terminal';
    case 'cancelled':
    case 'interrupted':
      return 'What was done is kept: resuming goes on from there.';
    default:
      return run.problem ?? '';
  }
}

function actionsOf({ status }: RunSummary): TrainingAction[] {
  if (status === 'finished') return ['report', 'models'];
  if (status === 'running' || status === 'unreadable') return [];
  return ['resume', 'output'];
}

/** The last one is still going on while the run is, unless it has come to its end. */
export function shownTrainings(
  curves: readonly TrainingCurve[],
  running: boolean,
  rows: (curve: TrainingCurve) => readonly CurveRow[],
): ShownTraining[] {
  return curves.map((curve, i) => ({ curve, rows: rows(curve), live: running && i === curves.length - 1 && !isThrough(curve) }));
}

const isThrough = ({ stopped, steps, points, validation }: TrainingCurve): boolean =>
  stopped !== undefined ||
  ((points.at(-1)?.step ?? 0) >= steps && (validation === undefined || (validation.scores.at(-1)?.step ?? 0) >= steps));

/** Titles of the steps of a job that train or prune; undefined where the job does not say what it does. */
export function trainingSteps(job: Job, titleOf: (step: ResolvedStep) => string): string[] | undefined {
  if ((job.kind !== 'run' && job.kind !== 'search') || !('resolved' in job.recipe)) return undefined;
  const only = job.kind === 'run' ? job.only : undefined;
  return job.recipe.resolved.steps
    .filter(({ step, index }) => only === undefined || only === step || only === String(index))
    .filter(({ step, settings }) => Number(settings['epochs']) > 0 || step === 'prune')
    .map(titleOf);
}
