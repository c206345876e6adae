import type { SearchBudget } from '../../../../protocol/job.ts';
import type { SearchSummary } from '../../../../protocol/results/search.ts';
import { LatheError } from '../../../base/errors.ts';
import { sampled } from '../../../data/sampled.ts';
import type { BudgetSettings } from '../../../joint/budget/settings.ts';
import type { JointSettings } from '../../../joint/step.ts';
import { quantizeSettings } from '../../../qat/settings.ts';
import type { QatSettings } from '../../../qat/step.ts';
import type { QuantizeRequest } from '../../../quantize/types.ts';
import type { LayerOverride, ResolvedStep } from '../../../recipe/types.ts';
import type { Found } from '../../../search/search.ts';
import { findTarget } from '../../../targets/index.ts';
import type { StepRequest } from '../../steps/step.ts';
import { validationPictures } from '../../validation.ts';
import { onTuned, type JointChain } from '../chain-of.ts';
import { pruningStep } from '../cut.ts';
import type { JointStart } from '../start.ts';
import { shareBudget } from './share-budget.ts';

export interface Budgeted {
  /** With what was found among the settings of its layers. */
  readonly request: StepRequest;
  readonly search?: SearchSummary;
  /** In sentences. */
  readonly notes: readonly string[];
}

/** Training pictures to calibrate on where the recipe names none for it. */
const calibrationPictures = 256;

/** Guessed runs on one picture: each layer at some widths on at most 64 of them. */
export const budgetPictures = ({ validation }: StepRequest['data']): number => 150 * Math.min(64, validation?.samples.length ?? 0);

/** The step with widths and channels that keep its budget; as it is where it has none. Throws `joint.budget`, `search.*`, and what measuring throws. */
export async function withinBudget(request: StepRequest, chain: JointChain, start: JointStart): Promise<Budgeted> {
  const { budget: said, qat, prune } = request.step.settings as JointSettings;
  if (!said) return { request, notes: [] };
  const budget = budgetOf(said);
  if (!qat && !prune)
    throw refused('nothing may be changed to keep it', 'Say under `qat` how models are rounded, or under `prune` that channels may go.');
  if (budget.kind === 'macs' && !prune)
    throw refused('narrower numbers are as many multiply-adds', 'Add `prune: {}`, so that channels may go.');
  const { recipe, data, runtime, context } = request;
  const calibration = data.calibration ?? (data.train && sampled(data.train, calibrationPictures));
  if (!data.validation || !calibration) {
    throw new LatheError('search.no-pictures', 'joint.budget is kept by measuring on validation pictures, and there are none', {
      hint: 'Name some under data.validation, or more under data.train or data.calibration to take them from.',
    });
  }
  const { decode, match } = validationPictures(recipe)?.source ?? {};
  const step = onTuned(request.step, start.model, chain);
  const found = await request.piece('budget', {}, () =>
    shareBudget({
      budget,
      widths: said.widths,
      ratios: said.ratios,
      model: start.model,
      base: qat && roundingOf(request, step, start),
      prune: prune && pruningStep(step, { ...prune, ...noGoals }, start.model, chain),
      judged: { model: start.model, dataset: data.validation!, task: recipe.task, decode, match },
      recipe,
      data: { ...data, calibration },
      runtime,
      context,
    }),
  );
  return { request: { ...request, step: withFound(request.step, found) }, search: found.summary, notes: notesOf(found.summary) };
}

/** What each model got, and what is to be known of it. */
function notesOf({ found, notes }: SearchSummary): string[] {
  const got = (found.models ?? []).map(
    ({ model, percent, removed, bits }) =>
      `${model} ${percent.toFixed(1)} % of its own at 8 bits (${Math.round(100 * removed)} % of channels gone, ${bits.toFixed(1)} bits)`,
  );
  return [`The budget was shared out: ${got.join(', ')}; together ${found.percent.toFixed(1)} %.`, ...notes];
}

/** What the budget says in place of these. */
const noGoals = { channels: 0, parameters: undefined, macs: undefined, latency: undefined, drop: undefined };

function withFound(step: ResolvedStep, { widths, channels = [] }: Found): ResolvedStep {
  const layers: Record<string, LayerOverride> = { ...step.layers };
  for (const [name, weights] of widths) layers[name] = { ...layers[name], weights };
  for (const [name, part] of channels) layers[name] = { ...layers[name], channels: part };
  const { prune, ...settings } = step.settings as JointSettings;
  return { ...step, settings: { ...settings, ...(prune ? { prune: { ...prune, ...noGoals } } : {}) }, layers };
}

function roundingOf({ recipe, step: { settings } }: StepRequest, step: ResolvedStep, { before }: JointStart): QuantizeRequest {
  const target = findTarget(recipe.target);
  if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
  const { losses: _, prune: __, qat, ...plain } = settings as JointSettings;
  const layers = Object.entries(step.layers).map(([name, own]): [string, LayerOverride] => [
    name,
    own[step.step] === false || own['qat'] === false ? { quantize: false } : own,
  ]);
  return { settings: quantizeSettings({ ...plain, ...qat } as QatSettings, before, target), layers: Object.fromEntries(layers), target };
}

/** The one budget that is given. Throws `joint.budget`. */
export function budgetOf(said: BudgetSettings): SearchBudget {
  const kinds = ['bytes', 'macs', 'bit-operations', 'latency', 'drop'] as const;
  const given = kinds.filter((kind) => said[kind] !== undefined);
  const [kind] = given;
  if (!kind || given.length > 1)
    throw refused(given.length ? `it says ${given.join(' and ')}` : 'it says none of them', `Give one of ${kinds.join(', ')}.`);
  const amount = said[kind]!;
  if (typeof amount === 'number') return { kind, value: amount };
  return { kind, value: Number.parseFloat(amount), percent: true };
}

const refused = (message: string, hint: string): LatheError => new LatheError('joint.budget', `joint.budget: ${message}`, { hint });
