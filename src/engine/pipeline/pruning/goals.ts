import type { PruningRound } from '../../../protocol/pruning.ts';
import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { schedules } from '../../prune/schedule/index.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { StepRequest } from '../steps/step.ts';
import type { Validation } from '../training/validation.ts';
import type { CutGoals } from './cut.ts';
import { milliseconds } from './round.ts';

/** Part of the channels of each group that goes where nothing is asked for. */
const usualRatio = 0.5;

export interface RoundPlace {
  readonly request: StepRequest;
  readonly validation?: Validation;
  /** From 1. */
  readonly number: number;
  /** The model as it was before the first round, and before this one. */
  readonly first: PruningRound;
  readonly now: PruningRound;
}

/** What a round has to reach, as parts of what there is before it. Throws `prune.pictures` where a goal has to be measured and nothing is there to measure on. */
export function roundGoals({ request, validation, number, first, now }: RoundPlace): CutGoals {
  const settings = request.step.settings as PruneSettings;
  const { channels, parameters, macs, latency, drop } = settings;
  const isFree = [channels, parameters, macs, latency, drop].every((goal) => goal === undefined);
  const removed = typeof channels === 'number' ? channels : isFree ? usualRatio : undefined;
  const left = (goal: number): number => schedules[settings.schedule](goal, number, settings.steps);
  const cost = (goal: number | undefined, key: 'parameters' | 'macs') =>
    goal === undefined ? {} : { [key]: Math.min(1, (left(goal) * first[key]) / now[key]) };
  return {
    ...(removed === undefined ? {} : { channels: roundRatio(settings, number)(removed) }),
    ...cost(parameters, 'parameters'),
    ...cost(macs, 'macs'),
    ...(latency === undefined ? {} : { latency: latencyGoal(request, first, left(latency)) }),
    ...(drop === undefined ? {} : { allowed: allowedLoss(drop, first, validation) }),
  };
}

/** The part of what is left before this round that goes in it, for a part that has to go in all of them. */
export function roundRatio({ schedule, steps }: PruneSettings, number: number): (ratio: number) => number {
  const left = (ratio: number, done: number): number => schedules[schedule](1 - ratio, done, steps);
  return (ratio) => (ratio >= 1 ? 1 : 1 - left(ratio, number) / left(ratio, number - 1));
}

function latencyGoal(request: StepRequest, { milliseconds: before }: PruningRound, part: number): CutGoals['latency'] {
  if (before === undefined) throw withoutPictures('latency', 'calibration');
  const time = async (model: Model): Promise<number> => (await milliseconds(model, request))!;
  return { most: before * part, time };
}

function allowedLoss(drop: number, { score }: PruningRound, validation: Validation | undefined): CutGoals['allowed'] {
  const before = score?.cut;
  if (!validation || !score || before === undefined) throw withoutPictures('drop', 'train or validation');
  return async (model) => {
    const { value } = await validation.measure(model);
    return (score.better === 'high' ? before - value : value - before) <= drop;
  };
}

const withoutPictures = (goal: string, use: string): LatheError =>
  new LatheError('prune.pictures', `prune.${goal} is measured, and there are no pictures to measure on`, {
    hint: `Name some under data.${use.replace(' or ', ' or data.')}.`,
  });

/** Goals that mean nothing together or alone. Throws `prune.goal`. */
export function checkGoals({ channels }: PruneSettings, file: string | undefined): void {
  const ratios = channels === undefined ? [] : [channels].flat();
  if (ratios.some((ratio) => ratio >= 1))
    throw new LatheError('prune.goal', 'prune.channels: 1 would remove every channel', {
      ...(file === undefined ? {} : { file }),
      hint: 'It is the part that goes: 0.5 removes half of each group. What remains is said by `parameters` and `macs`.',
    });
}
