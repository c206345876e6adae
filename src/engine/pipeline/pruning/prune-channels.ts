import type { PruningRound } from '../../../protocol/pruning.ts';
import { LatheError } from '../../base/errors.ts';
import { sampled } from '../../data/sampled.ts';
import type { Dataset } from '../../data/types.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { FinetuneSettings } from '../../prune/finetune-settings.ts';
import { couplingOf } from '../../prune/groups/index.ts';
import type { Coupling, KeptGroup } from '../../prune/groups/types.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { TrainingCurve } from '../../../protocol/training.ts';
import { stageName } from '../stage-name.ts';
import type { StepData, StepOutcome, StepRequest } from '../steps/step.ts';
import { openValidation, type Validation } from '../training/validation.ts';
import { cut } from './cut.ts';
import { isQuantized, keptNote, layerRows } from './findings.ts';
import { finetune } from './finetune.ts';
import { checkGoals, roundGoals, roundRatio } from './goals.ts';
import { checkReachable } from './reachable.ts';
import { requantization } from './requantize.ts';
import { lostPlaces, stillKept } from './kept-channels.ts';
import { cutScore, milliseconds, widthsAndCosts } from './round.ts';
import { learnsFromItself, pruningTeacher } from './teacher.ts';

/**
 * Trials are compared by how far softened answers are from those before the cut: softened, the distance is close to a square of what logits are off by, and such squares of separate
 * groups add up. Labels say little where the pictures are among those that the model once learned.
 */
const trialTemperature = 3;

/** Training pictures that layers make up by where training follows: four times as many as 500 took a fifth off what training then still had to mend. */
const picturesBeforeTraining = 2000;

/** What a round leaves, beside its model. Plain data. */
interface RoundResult {
  readonly round: PruningRound;
  /** Channels of the model before the first round that are left, by group. */
  readonly kept: Readonly<Record<string, readonly number[]>>;
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
  readonly train?: TrainRound;
}

/** Trains what a cut has left, in place, in another way than `finetune` does. */
export type TrainRound = (model: Model, title: string) => Promise<TrainingCurve>;

/**
 * Removes whole channels, in as many rounds as the step has: each cuts a part of the way to the goal and trains what is left. Finished rounds are not made again by a process
 * that continues the run. `train`: instead of `finetune`, by what the step learns itself. Throws `prune.*`, `training.*`, `data.*`, `model.*`, and Cancelled.
 */
export async function pruneChannels(request: StepRequest, train?: TrainRound): Promise<StepOutcome> {
  const settings = request.step.settings as PruneSettings;
  checkGoals(settings, request.model.path);
  // Integers of models that are left out stay as they are.
  if (isQuantized(request.model) && !train) {
    const again = await requantization(request);
    if (again) return again.finish(await pruneChannels(again.float, train));
    if (settings.finetune) throw integersDoNotLearn(request.model);
  }
  const coupling = couplingOf(request.model);
  if (coupling.groups.length === 0) throw nothingToPrune(request.model, coupling.kept);
  checkReachable(request, coupling);
  const teacher = settings.finetune && (await pruningTeacher(request, settings.teacher));
  const validation = await openValidation(request, { reference: cloneModel(request.model), alpha: 1, temperature: trialTemperature });
  try {
    const shared = {
      request,
      settings,
      ...(validation ? { validation } : {}),
      ...(teacher ? { teacher } : {}),
      ...(train ? { train } : {}),
    };
    return await inRounds(shared, coupling);
  } finally {
    await validation?.dispose();
  }
}

async function inRounds(pruning: Pruning, coupling: Coupling): Promise<StepOutcome> {
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
  const last = results.at(-1)!.round;
  const training = results.findLast(({ curve }) => curve)?.curve;
  return {
    model,
    report: {
      layers: layerRows(coupling, last),
      notQuantized: [],
      notes: [...new Set([...results.flatMap(({ notes }) => notes), ...keptNote(coupling.kept)])],
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
    kept: {},
    notes: [],
  };
}

/** To choose channels by and to make up for them: those for calibration; where it is trained as well more of the training pictures, because what least squares finds on them is not left to training. */
function picturesFor({ calibration, train }: StepData, { finetune, compensate }: PruneSettings): Dataset | undefined {
  if (!finetune || !compensate || !train || (calibration?.samples.length ?? 0) >= picturesBeforeTraining) return calibration ?? train;
  return train.samples.length > (calibration?.samples.length ?? 0) ? sampled(train, picturesBeforeTraining) : calibration;
}

async function oneRound(
  pruning: Pruning,
  before: Model,
  results: readonly RoundResult[],
  number: number,
): Promise<{ model: Model; value: RoundResult }> {
  const { request, settings, validation, teacher } = pruning;
  const { context, step } = request;
  const began = context.clock.monotonic();
  const coupling = couplingOf(before);
  const [first, now] = [results[0]!.round, results.at(-1)!.round];
  const goals = roundGoals({ request, ...(validation ? { validation } : {}), number, first, now });
  const pictures = isQuantized(before) && !pruning.train ? undefined : picturesFor(request.data, settings);
  const title = settings.steps === 1 ? stageName(step) : `${stageName(step)}, round ${number}`;
  const { model, removal, notes } = await cut(request, {
    model: before,
    coupling,
    goals,
    before: first.channels,
    ratio: roundRatio(settings, number),
    ...(pictures ? { pictures } : {}),
    ...(validation ? { validation } : {}),
    ...(teacher ? { teacher } : {}),
    title: `${title}, before the cut`,
  });
  const kept = stillKept(coupling, results.at(-1)!.kept, removal);
  const score = cutScore(await validation?.measure(model));
  const curve = await trained(pruning, { model, title, kept, madeUp: settings.compensate && pictures !== undefined });
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
  return { model, value: { round, kept, notes, ...(curve ? { curve } : {}) } };
}

interface CutModel {
  readonly model: Model;
  readonly title: string;
  readonly kept: RoundResult['kept'];
  /** Whether its layers have made up for the cut by least squares. */
  readonly madeUp: boolean;
}

/** Trains what a cut has left, where the step says so. */
async function trained(
  { request, settings, teacher, train }: Pruning,
  { model, title, kept, madeUp }: CutModel,
): Promise<TrainingCurve | undefined> {
  if (!settings.finetune || !teacher) return undefined;
  if (train) return train(model, title);
  return finetune(request, {
    model,
    teacher,
    settings: settings.finetune as FinetuneSettings,
    title,
    madeUp,
    ...(learnsFromItself(request, settings.teacher) ? { lost: lostPlaces(couplingOf(request.model), kept) } : {}),
  });
}

function nothingToPrune({ path }: Model, [kept]: readonly KeptGroup[]): LatheError {
  const hint = kept
    ? `${kept.name} ${kept.reason}.`
    : 'It has no convolution and no product with a stored matrix whose channels another layer reads.';
  return new LatheError('prune.nothing', 'this model has no channels that can go', { file: path, hint });
}

const integersDoNotLearn = ({ path }: Model): LatheError =>
  new LatheError('prune.quantized', 'prune.finetune needs a float model, and this one is quantized', {
    file: path,
    hint: 'Prune first and quantize what is left; or leave finetune out: the integers are cut along their scales then.',
  });
