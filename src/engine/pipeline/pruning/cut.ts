import { LatheError } from '../../base/errors.ts';
import type { Dataset } from '../../data/types.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import { removeChannels } from '../../prune/apply.ts';
import {
  choose,
  chooseMeasured,
  chooseWhile,
  rank,
  type Choice,
  type ChooseRequest,
  type Goals,
  type MeasuredTrials,
} from '../../prune/choose/index.ts';
import { compensate, type Compensation } from '../../prune/compensate/index.ts';
import { pruningProfile } from '../../prune/costs.ts';
import { couplingOf, type Coupling, type Removal } from '../../prune/groups/index.ts';
import type { PruneSettings } from '../../prune/step.ts';
import { notesByReason } from '../notes-by-reason.ts';
import type { StepRequest } from '../steps/step.ts';
import type { Validation } from '../training/validation.ts';
import { openCompensatedTrial } from './compensated-trial.ts';
import { openTask, type OpenTask } from './criterion-task.ts';
import { layerRule } from './reachable.ts';
import { regularized } from './regularize.ts';
import { openTrial } from './trial.ts';

/** What is to be reached, of what there is before the cut. */
export interface CutGoals extends Goals {
  /** Part that remains, and the time of one picture in milliseconds. */
  readonly latency?: { readonly most: number; readonly time: (model: Model) => Promise<number> };
  /** Whether a model is still good enough, by validation pictures. */
  readonly allowed?: (model: Model) => Promise<boolean>;
}

export interface CutRequest {
  /** Weights loaded; not changed. */
  readonly model: Model;
  readonly coupling: Coupling;
  readonly goals: CutGoals;
  /** Channels of each group, by name, before the first round. */
  readonly before: Readonly<Record<string, number>>;
  /** Of a part that is to go in all rounds, what goes in this one. */
  readonly ratio: (part: number) => number;
  /** Labels are not looked at. Absent: nothing but weights is. */
  readonly pictures?: Dataset;
  /** For ratios that are measured. */
  readonly validation?: Validation;
  /** What a model learns from that is made ready for the cut, prepared. */
  readonly teacher?: Model;
  /** Of the learning curve of that. */
  readonly title: string;
}

export interface Cut {
  readonly model: Model;
  readonly removal: Removal;
  /** In sentences. */
  readonly notes: readonly string[];
}

/** Removes channels until the goals are reached, and makes up for them on pictures. Throws `prune.*`, `model.*`, `data.*`, and Cancelled. */
export async function cut(request: StepRequest, cutting: CutRequest): Promise<Cut> {
  const { teacher, title } = cutting;
  const { regularize } = request.step.settings as PruneSettings;
  if (regularize === 'none') return chooseAndCut(request, cutting);
  return chooseAndCut(request, cutting, (removal) => regularized(request, { model: cutting.model, teacher, title, removal }));
}

/** `makeReady`: trains the model for what will go. */
async function chooseAndCut(
  request: StepRequest,
  { model, coupling, goals, before, ratio, pictures, validation }: CutRequest,
  makeReady?: (removal: Removal) => Promise<Model>,
): Promise<Cut> {
  const { recipe, step, runtime, context } = request;
  const said = step.settings as PruneSettings;
  const settings = Array.isArray(said.channels) ? { ...said, channels: said.channels.map(ratio) } : said;
  const dependencies = pictures && { dataset: pictures, runtime, context };
  const profile = pruningProfile(model, coupling);
  const trials = (pictures: Dataset, validation: Validation): MeasuredTrials => ({
    openQuick: () => openTrial(request, model, pictures, validation),
    ...(settings.compensate ? { openCompensated: () => openCompensatedTrial(request, { model, coupling, pictures, validation }) } : {}),
    context,
  });
  const ranking = async (task: OpenTask['task']) =>
    rank({
      model,
      coupling,
      profile,
      settings,
      goals,
      seed: recipe.seed,
      before,
      layer: (name) => layerRule(step.layers[name] ?? {}, ratio),
      ...(dependencies ? { pictures: { ...dependencies, ...(task ? { task } : {}) } } : {}),
      ...(pictures && validation ? { measured: trials(pictures, validation) } : {}),
    });
  const known = openTask(request, model);
  const { importance, path, notes } = await ranking(known.task).finally(() => known.close());
  const without = async (removal: Removal, whole = model, groups = coupling): Promise<Repaired> => {
    const pruned = removeChannels(whole, groups, removal);
    if (!dependencies || !settings.compensate) return { model: pruned, notes: [] };
    return { model: pruned, notes: repairNotes(await compensate(pruned, whole, groups, removal, dependencies)) };
  };
  const choice = await chosen({ coupling, profile, importance, path, ...(model.path ? { file: model.path } : {}) }, goals, {
    cut: (removal) => removeChannels(model, coupling, removal),
    without,
  });
  if (choice.removal.size === 0) return { model: cloneModel(model), removal: choice.removal, notes: [...notes, nothingGoes] };
  const ready = await makeReady?.(choice.removal);
  const pruned = ready ? await without(choice.removal, ready, couplingOf(ready)) : await without(choice.removal);
  return { model: pruned.model, removal: choice.removal, notes: [...notes, ...pruned.notes] };
}

interface Repaired {
  readonly model: Model;
  readonly notes: readonly string[];
}

/** Which layers least squares did nothing for, by reason. */
const repairNotes = ({ layers, left }: Compensation): string[] => [
  ...notesByReason(
    'Given only the means and variances that it had before the cut',
    layers.flatMap(({ layer, rescaled }) => (rescaled === undefined ? [] : [{ name: layer, reason: rescaled }])),
  ),
  ...notesByReason('Not repaired after the cut', left),
];

const nothingGoes = 'No channel had to go: what was asked for is reached already.';

interface Trials {
  /** As cut: as fast as what is made of it. */
  readonly cut: (removal: Removal) => Model;
  readonly without: (removal: Removal) => Promise<Repaired>;
}

/** Goals of cost first; what has to be measured takes more, or, where a loss is all that is said, as much as it allows. */
async function chosen(request: ChooseRequest, goals: CutGoals, { cut, without }: Trials): Promise<Choice> {
  const { latency, allowed } = goals;
  if (latency) {
    const found = await chooseMeasured(request, async ({ removal }) => (await latency.time(cut(removal))) <= latency.most);
    if (found) return found;
    throw new LatheError('prune.goal', 'this latency cannot be reached: the narrowest model takes longer on this machine', {
      ...(request.file === undefined ? {} : { file: request.file }),
      hint: 'Allow more, or let more go: `max-ratio`, `min-channels`, layers with `prune: false`.',
    });
  }
  if (allowed) {
    const found = await chooseWhile(request, async ({ removal }) => removal.size === 0 || allowed((await without(removal)).model));
    if (found) return found;
  }
  return choose(request, goals);
}
