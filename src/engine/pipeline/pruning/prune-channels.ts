import type { PruningRound } from '../../../protocol/pruning.ts';
import { LatheError } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { FinetuneSettings } from '../../prune/finetune-settings.ts';
import { couplingOf } from '../../prune/groups/index.ts';
import { schedules } from '../../prune/schedule/index.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { TrainingCurve } from '../../../protocol/training.ts';
import { stageName } from '../stage-name.ts';
import type { StepOutcome, StepRequest } from '../steps/step.ts';
import { openValidation, type Validation } from '../training/validation.ts';
import { cut } from './cut.ts';
import { finetune } from './finetune.ts';
import { cutScore, milliseconds, widthsAndCosts } from './round.ts';
import { pruningTeacher } from './teacher.ts';

/** What a round leaves, beside its model. Plain data. */
interface RoundResult {
  readonly round: PruningRound;
  readonly notes: readonly string[];
  readonly curve?: TrainingCurve;
}

/** What all rounds share. */
interface Pruning {
  readonly request: StepRequest;
  readonly settings: PruneSettings;
  readonly validation?: Validation;
  /** What fine-tuning learns from, prepared. */
  readonly teacher?: Model;
}

/**
 * Removes whole channels, in as many rounds as the step has: each cuts a part of the way to the goal and trains what is left. Finished rounds are not made again by a process
 * that continues the run. Throws `prune.*`, `training.*`, `data.*`, `model.*`, and Cancelled.
 */
export async function pruneChannels(request: StepRequest): Promise<StepOutcome> {
  const settings = request.step.settings as PruneSettings;
  const teacher = settings.finetune && (await pruningTeacher(request, settings.teacher));
  const validation = await openValidation(request, { reference: cloneModel(request.model), alpha: 0, temperature: 1 });
  try {
    return await inRounds({ request, settings, ...(validation ? { validation } : {}), ...(teacher ? { teacher } : {}) });
  } finally {
    await validation?.dispose();
  }
}

async function inRounds(pruning: Pruning): Promise<StepOutcome> {
  const { request, settings } = pruning;
  const results: RoundResult[] = [await request.piece('round 0', {}, () => asItWas(pruning))];
  let { model } = request;
  const tell = (): void => request.watchRounds?.(results.map(({ round }) => round));
  tell();
  for (let number = 1; number <= settings.steps; number++) {
    const before = model;
    const kept = await request.modelPiece(`round ${number}`, {}, () => oneRound(pruning, before, results, number));
    model = kept.model;
    results.push(kept.value);
    tell();
  }
  const training = results.findLast(({ curve }) => curve)?.curve;
  return {
    model,
    report: {
      layers: [],
      notQuantized: [],
      notes: [...new Set(results.flatMap(({ notes }) => notes))],
      scheme: schemeText(results),
      bits: {},
      rounds: results.map(({ round }) => round),
      ...(training ? { training } : {}),
    },
  };
}

/** "pruned to 26 % of the multiply-adds": for `metadata_props`. */
function schemeText(results: readonly RoundResult[]): string {
  const [first, last] = [results[0]!.round, results.at(-1)!.round];
  return `pruned to ${((100 * last.macs) / first.macs).toFixed(1)} % of the multiply-adds`;
}

/** The model before the first round. */
async function asItWas({ request, validation }: Pruning): Promise<RoundResult> {
  const { model, context } = request;
  const began = context.clock.monotonic();
  const score = await validation?.measure(model);
  const time = await milliseconds(model, request);
  return {
    round: {
      round: 0,
      ...widthsAndCosts(model, couplingOf(model)),
      ...cutScore(score),
      ...(time === undefined ? {} : { milliseconds: time }),
      seconds: (context.clock.monotonic() - began) / 1000,
    },
    notes: [],
  };
}

async function oneRound(
  { request, settings, validation, teacher }: Pruning,
  before: Model,
  results: readonly RoundResult[],
  number: number,
): Promise<{ model: Model; value: RoundResult }> {
  const { context, step } = request;
  const began = context.clock.monotonic();
  const coupling = couplingOf(before);
  if (coupling.groups.length === 0) throw nothingToPrune(before, coupling.kept[0]);
  const goals = goalsOf(settings, results, number);
  const pictures = request.data.calibration ?? request.data.train;
  const { model, notes } = await cut(request, { model: before, coupling, goals, ...(pictures ? { pictures } : {}) });
  const title = settings.steps === 1 ? stageName(step) : `${stageName(step)}, round ${number}`;
  const score = cutScore(await validation?.measure(model));
  const curve =
    settings.finetune && teacher
      ? await finetune(request, { model, teacher, settings: settings.finetune as FinetuneSettings, title })
      : undefined;
  const tuned = curve?.validation?.scores.findLast(({ best }) => best)?.value;
  if (score.score && tuned !== undefined) score.score.tuned = tuned;
  const time = await milliseconds(model, request);
  const round: PruningRound = {
    round: number,
    ...widthsAndCosts(model, couplingOf(model)),
    ...score,
    ...(time === undefined ? {} : { milliseconds: time }),
    seconds: (context.clock.monotonic() - began) / 1000,
  };
  return { model, value: { round, notes, ...(curve ? { curve } : {}) } };
}

/** What a round has to reach, as parts of what there is before it. */
function goalsOf({ channels, parameters, macs, steps, schedule }: PruneSettings, results: readonly RoundResult[], number: number) {
  const [first, now] = [results[0]!.round, results.at(-1)!.round];
  const left = (goal: number, done: number): number => schedules[schedule](goal, done, steps);
  const isFree = channels === undefined && parameters === undefined && macs === undefined;
  const removed = typeof channels === 'number' ? channels : isFree ? 0.5 : undefined;
  const of = (goal: number | undefined, key: 'parameters' | 'macs') =>
    goal === undefined ? {} : { [key]: Math.min(1, (left(goal, number) * first[key]) / now[key]) };
  return {
    ...(removed === undefined ? {} : { channels: 1 - left(1 - removed, number) / left(1 - removed, number - 1) }),
    ...of(parameters, 'parameters'),
    ...of(macs, 'macs'),
  };
}

function nothingToPrune({ path }: Model, kept: { readonly name: string; readonly reason: string } | undefined): LatheError {
  const hint = kept
    ? `${kept.name}: ${kept.reason}.`
    : 'It has no convolution and no product with a stored matrix between its inputs and outputs.';
  return new LatheError('prune.nothing', 'this model has no channels that can go', { file: path, hint });
}
