import { sampled } from '../../../data/sampled.ts';
import { cloneModel } from '../../../onnx/clone.ts';
import type { Model } from '../../../onnx/graph.ts';
import { removeChannels } from '../../../prune/apply.ts';
import { choose, rank, type MeasuredTrials, type Ranking } from '../../../prune/choose/index.ts';
import { compensate } from '../../../prune/compensate/index.ts';
import { pruningProfile } from '../../../prune/costs.ts';
import { couplingOf, type Removal } from '../../../prune/groups/index.ts';
import type { PruneSettings } from '../../../prune/step.ts';
import type { ResolvedStep } from '../../../recipe/types.ts';
import { modelOf, type Narrowing } from '../../../search/share/request.ts';
import { openCompensatedTrial } from '../../pruning/compensated-trial.ts';
import { openTask } from '../../pruning/criterion-task.ts';
import { layerRule } from '../../pruning/reachable.ts';
import { openTrial } from '../../pruning/trial.ts';
import type { StepRequest } from '../../steps/step.ts';
import { openValidation } from '../../training/validation.ts';

/** The part of a step's request that choosing channels asks for. */
export type NarrowingRequest = Pick<StepRequest, 'recipe' | 'data' | 'runtime' | 'context'> & {
  /** Float; not changed. */
  readonly model: Model;
  /** The step `prune`, or one that says the same. */
  readonly step: ResolvedStep;
  readonly models: readonly string[];
  readonly ratios: readonly number[];
};

/** Pictures by which one trial makes up for a cut: with more, parts are ranked the same. */
const picturesOfTrial = 128;

/** As in the step `prune`: softened answers of trials are compared. */
const trialTemperature = 3;

/**
 * Channels of a chain that may go, model by model: which first, and how many of which group, as the settings of the step `prune` say; its goals are not looked at.
 */
export function openNarrowing(request: NarrowingRequest): Narrowing {
  const { model, step, models, data, runtime, context } = request;
  const coupling = couplingOf(model);
  const profile = pruningProfile(model, coupling);
  const settings = { ...(step.settings as PruneSettings), channels: undefined };
  const pictures = data.calibration ?? data.train;
  const dependencies = pictures && { dataset: pictures, runtime, context };
  const rankings = new Map<string, Promise<Ranking>>();
  const notes = new Set<string>();
  const ranking = async (name: string): Promise<Ranking> => {
    const place = models.indexOf(name);
    const task = openTask({ data, step, recipe: request.recipe, context }, model);
    const measured = settings.ratios === 'scope' ? undefined : await openTrials(request, model);
    try {
      const found = await rank({
        model,
        coupling,
        profile,
        settings,
        goals: { channels: middle(request.ratios) },
        seed: request.recipe.seed,
        layer: (layer) => (modelOf(layer, models) === place ? layerRule(step.layers[layer] ?? {}) : { leftOut: true }),
        ...(dependencies ? { pictures: { ...dependencies, ...(task.task ? { task: task.task } : {}) } } : {}),
        ...(measured ? { measured: measured.trials } : {}),
      });
      for (const note of found.notes) notes.add(note);
      return found;
    } finally {
      await measured?.dispose();
      await task.close();
    }
  };
  return {
    ratios: [...new Set(request.ratios)].filter((ratio) => ratio > 0).sort((a, b) => a - b),
    async removal(name, ratio) {
      const known = rankings.get(name) ?? ranking(name);
      rankings.set(name, known);
      const { importance, path } = await known;
      return choose({ coupling, profile, importance, path }, { channels: ratio }).removal;
    },
    async without(removal, looked) {
      const cut = removeChannels(model, coupling, removal);
      if (dependencies && settings.compensate) {
        const dataset = looked === 'few' ? sampled(dependencies.dataset, picturesOfTrial) : dependencies.dataset;
        await compensate(cut, model, coupling, removal, { ...dependencies, dataset });
      }
      return cut;
    },
    channels: (removal: Removal) =>
      coupling.groups.flatMap(({ name, channels, makers }) => {
        const gone = removal.get(name)?.length ?? 0;
        return gone ? makers.map(({ label }) => ({ name: label, before: channels, after: channels - gone })) : [];
      }),
    get notes() {
      return [...notes];
    },
  };
}

/** Widths are ranked at the middle of what may go. */
const middle = (ratios: readonly number[]): number => ratios[Math.floor(ratios.length / 2)] ?? 0.5;

/** For widths of groups that are measured. To be disposed. */
async function openTrials(
  { data, recipe, runtime, context }: NarrowingRequest,
  model: Model,
): Promise<{ trials: MeasuredTrials; dispose(): Promise<void> } | undefined> {
  const pictures = data.calibration ?? data.train;
  const asked = { data, recipe, runtime, context };
  const validation = await openValidation(asked, { reference: cloneModel(model), alpha: 1, temperature: trialTemperature });
  if (!pictures || !validation) return undefined;
  const coupling = couplingOf(model);
  return {
    trials: {
      openQuick: () => openTrial(asked, model, pictures, validation),
      openCompensated: () => openCompensatedTrial(asked, { model, coupling, pictures, validation }),
      context,
    },
    dispose: () => validation.dispose(),
  };
}
