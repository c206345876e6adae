import type { PlannedModel } from '../engine/recipe/cost.ts';
import type { ResolvedRecipe, ResolvedSource, ResolvedValidation, Settings } from '../engine/recipe/types.ts';
import { bytes, count } from './format.ts';

/** What a recipe would do, in the words of every host; each lays it out in its own way. */
export interface PlanOutline {
  /** A word, and what there is to say of it. */
  readonly facts: readonly (readonly [word: string, text: string])[];
  readonly columns: readonly { readonly title: string; readonly align?: 'right' }[];
  readonly rows: readonly (readonly string[])[];
  /** Every setting of each step, in lines of some hundred characters. */
  readonly settings: readonly string[];
}

/** A recipe that is ready to run, and what its models come to after each step. */
export function planOutline(resolved: ResolvedRecipe, plan: readonly PlannedModel[]): PlanOutline {
  const { train, calibration, test, validation } = resolved.data;
  const told: readonly (readonly [string, string | undefined])[] = [
    ...modelFacts(resolved),
    ['target', resolved.target],
    ['task', resolved.task],
    ['train', train && sourceText(train)],
    ['calibration', calibration && sourceText(calibration)],
    ['validation', validation && validationText(validation)],
    ['test', test?.path],
    ['runs in', resolved.output.folder],
  ];
  const right = (title: string): PlanOutline['columns'][number] => ({ title, align: 'right' });
  return {
    facts: told.flatMap(([word, text]) => (text === undefined ? [] : [[word, text] as const])),
    columns: [{ title: 'step' }, right('parameters'), right('MACs'), right('weights in the file'), right('packed')],
    rows: plan.map((model) => [
      model.index === undefined ? `as it is${onText(model.on)}` : `${model.index + 1}. ${model.step}${onText(model.on)}`,
      count(model.parameters),
      model.macs === null ? '?' : count(model.macs),
      `about ${bytes(model.weightBytes)}`,
      `about ${bytes(model.packedBytes)}`,
    ]),
    settings: resolved.steps.flatMap((step, i) => [`${i + 1}. ${step.step}${onText(step.on)}`, ...settingLines(step.settings)]),
  };
}

const longestLine = 100;

/** `weights: 8, activations: 8, …`, as many on a line as fit. */
function settingLines(settings: Settings): string[] {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(settings)) {
    const setting = `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + setting.length + 2 <= longestLine) lines[lines.length - 1] = `${last}, ${setting}`;
    else lines.push(`   ${setting}`);
  }
  return lines;
}

const sourceText = ({ path: place, count: some }: ResolvedSource): string => `${place}${some ? `, ${some} pictures` : ''}`;

const validationText = (validation: ResolvedValidation): string =>
  validation.kind === 'path'
    ? sourceText(validation.source)
    : `${Number((validation.fraction * 100).toPrecision(3))} % of the pictures for ${validation.of}`;

/** Which model it is about, where the recipe has several. */
const onText = (alias: string | undefined): string => (alias === undefined ? '' : `, ${alias}`);

/** The recipe's model, or each of its models by its alias. */
function modelFacts({ model, models }: ResolvedRecipe): [string, string][] {
  if (model !== undefined) return [['model', model]];
  return Object.entries(models ?? {}).map(([alias, entry]): [string, string] => [
    alias,
    'model' in entry ? entry.model : `new ${entry.new}`,
  ]);
}
