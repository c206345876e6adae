import type { TrainingCurve } from '../../../protocol/training.ts';
import { scopedCheckpoints } from '../../base/checkpoint.ts';
import { paceOf } from '../../joint/pace.ts';
import type { JointSettings } from '../../joint/step.ts';
import { takingTurns } from '../../joint/taking-turns.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { StepRequest } from '../steps/step.ts';
import { openTraining, type OpenTraining } from '../training/open.ts';
import { runTraining, type TaskChanges } from '../training/run.ts';
import { onTuned, type JointChain } from './chain-of.ts';
import { openLessons, type Lessons } from './lessons.ts';

/** What all of a joint step's trainings have in common. */
export interface Tuning {
  readonly request: StepRequest;
  readonly chain: JointChain;
  readonly settings: JointSettings;
  /** The float chain, prepared. */
  readonly teacher: Model;
}

/** What the chain learns from. */
export const lessonsOf = ({ request, chain, settings, teacher }: Tuning, open: OpenTraining): Promise<Lessons> => {
  const meaning = request.recipe.task === 'classification' ? 'classification' : 'unknown';
  return openLessons(request, open, { teacher, composition: chain.composition, settings, meaning });
};

/** Who is changed when, and how fast. `pace`: what the way of training says itself. */
export function changesOf(
  { settings: { rates, order }, chain: { composition, tuned } }: Tuning,
  parameters: readonly Parameter[],
  pace?: TaskChanges['pace'],
): TaskChanges {
  return {
    pace: paceOf(rates ?? {}, composition, pace),
    ...(order === 'alternating' && tuned.length > 1 ? { constraints: [takingTurns(parameters, tuned, composition)] } : {}),
  };
}

/** Trains the tuned models as floats, in place. `title`: of the learning curve. Throws `joint.*`, `training.*`, `data.*`, and Cancelled. */
export async function tuneFloat(tuning: Tuning, model: Model, title?: string): Promise<{ curve: TrainingCurve; notes: readonly string[] }> {
  const { request, chain, settings, teacher } = tuning;
  const checkpoints = title === undefined ? request.checkpoints : scopedCheckpoints(request.checkpoints, title);
  const own: StepRequest = { ...request, model, step: onTuned(request.step, model, chain), checkpoints };
  const { losses: _, ...plain } = settings;
  const open = await openTraining(own, { settings: plain, truth: 'optional', reference: teacher });
  let lessons: Lessons | undefined;
  try {
    lessons = await lessonsOf(tuning, open);
    return await runTraining(own, open, settings, {
      ...(title === undefined ? {} : { name: title }),
      ...lessons,
      ...changesOf(tuning, open.parameters),
    });
  } finally {
    await lessons?.teacher?.dispose();
    await open.dispose();
  }
}
