import { findTarget } from '../../../src/engine/targets/index.ts';
import type { TargetLimits } from '../../../src/engine/targets/limits.ts';
import { acceleratorVerdicts } from '../../../src/engine/targets/verdicts.ts';
import { writtenModels } from '../written.ts';
import { bullets, code, paragraphs, valueCode } from './markdown.ts';
import type { HoverSource, Subject } from './subject.ts';

/** What a target can run, and how much of the recipe's models runs there. */
export const targetHover: HoverSource = (subject) => {
  const { place, path, value } = subject;
  const ofRecipe = path.length === 1 && path[0] === 'target';
  const ofBoard = path[0] === 'deploy' && path.at(-1) === 'target';
  const isTarget = (ofRecipe || ofBoard) && place.at === 'value' && typeof value === 'string';
  const target = isTarget ? findTarget(value) : undefined;
  if (!target) return undefined;
  return paragraphs(
    `**${target.title}** (${code(target.name)}): ${target.summary}`,
    bullets([
      `Weights ${types(target.weightTypes)}, activations ${types(target.activationTypes)}, biases ${types([target.biasType])}`,
      target.saturation === 'pairs-int16' && 'Products of uint8 and int8 can saturate on some machines: int8 weights keep a bit of room',
      target.channelMultiple > 1 && `Channels in multiples of ${target.channelMultiple}: others waste the rest`,
      `${target.integerOperators.length} operators run in integers: ${target.integerOperators.map((op) => code(op)).join(', ')}`,
      ...settingLines(target),
      ...coverage(subject, target),
    ]),
    bullets(target.sources.map((source) => `Source: *${source}*`)),
  );
};

const types = (names: readonly string[]): string => names.map((name) => code(name)).join(' or ');

/** Defaults and limits that differ from the declarations', step by step. */
function settingLines(target: TargetLimits): string[] {
  return Object.entries(target.settings).flatMap(([step, settings]) =>
    Object.entries(settings).map(([key, { default: usual, allowed }]) => {
      const parts: string[] = [];
      if (usual !== undefined) parts.push(`default ${valueCode(usual)}`);
      if (allowed) parts.push(`only ${allowed.map(valueCode).join(', ')}`);
      return `${code(`${step}.${key}`)}: ${parts.join(', ')}`;
    }),
  );
}

/** How many layers an accelerator does not take. */
function coverage({ request: { facts, document } }: Subject, target: TargetLimits): string[] {
  const verdict = acceleratorVerdicts.find((one) => one.target.name === target.name);
  if (!verdict) return [];
  return writtenModels(document).flatMap(({ alias, file }) => {
    const known = file === undefined ? undefined : facts.model(file);
    if (known?.state !== 'known') return [];
    const { layers } = known.value;
    const refused = layers.filter(({ refusals }) => refusals && Object.hasOwn(refusals, target.name)).length;
    const whose = alias === undefined ? 'the model' : code(alias);
    return [
      refused === 0
        ? `All layers of ${whose} run on the ${verdict.accelerator}`
        : `${refused} of ${layers.length} layers of ${whose} don't run on the ${verdict.accelerator}`,
    ];
  });
}
