import { LatheError } from '../../base/errors.ts';
import type { Coupling, CouplingGroup } from '../groups/types.ts';
import type { GroupRules } from './widths.ts';

/** What a recipe says of one layer. */
export interface LayerRule {
  /** `prune: false`. */
  readonly leftOut?: boolean;
  /** Part of its channels that goes. */
  readonly ratio?: number;
}

export interface RuleSettings {
  readonly 'round-to': number;
  readonly 'min-channels': number;
  readonly 'max-ratio': number;
  /** A ratio for each stage: groups in the order of the model, parted as evenly as may be. */
  readonly stages?: readonly number[];
  /** Channels of each group, by name, before anything was removed: what `max-ratio` counts from. Absent: what there is. */
  readonly before?: Readonly<Record<string, number>>;
}

/**
 * What may be done to each group. A layer that is left out keeps the channels it makes; where layers of one group have different ratios the least counts, so that no layer loses
 * more than was said. Throws LatheError `prune.stages` where there are more ratios than groups.
 */
export function groupRules({ groups }: Coupling, settings: RuleSettings, layer: (name: string) => LayerRule): GroupRules[] {
  const { stages = [], before = {} } = settings;
  if (stages.length > Math.max(1, groups.length)) {
    throw new LatheError('prune.stages', `${stages.length} ratios are given for ${groups.length} groups of channels`, {
      hint: 'Give at most one for each group, or one number for all.',
    });
  }
  return groups.map((group, i) => {
    const { name, channels, makers } = group;
    const said = makers.map(({ label }) => layer(label));
    const multiple = unitsOf(group, settings['round-to']);
    if (said.some(({ leftOut }) => leftOut)) return { minimum: channels, multiple };
    const ratios = said.flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio]));
    const stage = stages[Math.floor((i * stages.length) / groups.length)];
    const ratio = ratios.length > 0 ? Math.min(...ratios) : stage;
    const minimum = Math.max(settings['min-channels'], Math.ceil((before[name] ?? channels) * (1 - settings['max-ratio']) - 1e-9));
    return { minimum, multiple, ...(ratio === undefined ? {} : { ratio }) };
  });
}

/** A channel of the group may be several of its layers': how many of the group's make a multiple for every layer. */
function unitsOf({ slices }: CouplingGroup, roundTo: number): number {
  const each = slices.filter(({ role }) => role === 'produces').map(({ places }) => places[0]?.length ?? 1);
  return each.reduce((units, places) => leastCommonMultiple(units, roundTo / greatestCommonDivisor(roundTo, Math.max(1, places))), 1);
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

const leastCommonMultiple = (a: number, b: number): number => (a * b) / greatestCommonDivisor(a, b);
