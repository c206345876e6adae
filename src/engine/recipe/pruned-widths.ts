import type { PruningProfile } from '../../protocol/pruning.ts';
import { localPath } from '../prune/choose/local.ts';
import { firstStep } from '../prune/choose/path.ts';
import type { GroupRules } from '../prune/choose/widths.ts';
import { costsAt, wholeWidths } from '../prune/costs-at.ts';
import type { CostedStep } from './cost.ts';
import type { ModelFacts } from './facts/types.ts';

/** A model from which channels are gone. */
export interface PrunedModel {
  readonly profile: PruningProfile;
  /** Channels left of each group of the profile. */
  readonly widths: readonly number[];
  readonly costs: Pick<ModelFacts, 'parameters' | 'weightBytes' | 'macs'>;
}

/** Whether only running the step tells what it leaves: a loss or a time is measured, methods are tried. */
export function decidesByMeasuring({ step, settings }: CostedStep, facts: ModelFacts): boolean {
  if (step === 'auto') return true;
  if (step !== 'prune' || settings['method'] !== 'channels') return false;
  return facts.pruning === undefined || settings['drop'] !== undefined || settings['latency'] !== undefined;
}

/**
 * What a step `prune` leaves. Which channels go is decided by their importance, how many by the goal: costs are told as if every group lost the same part,
 * which is what `scope: local` does. undefined: no channel goes.
 */
export function prunedModel(step: CostedStep, facts: ModelFacts, before: PrunedModel | undefined): PrunedModel | undefined {
  const { settings } = step;
  const { pruning: profile } = facts;
  if (settings['method'] !== 'channels' || !profile) return undefined;
  const start = before?.widths ?? wholeWidths(profile);
  const now: PruningProfile = { ...profile, groups: profile.groups.map((group, i) => ({ ...group, channels: start[i]! })) };
  const path = localPath(now, rulesOf(step, now));
  const goal = goalOf(settings);
  const whole = costsAt(profile, start);
  const at =
    goal.kind === 'channels'
      ? path.stepAt(goal.part)
      : (firstStep(path.steps, (one) => costsAt(profile, path.at(one))[goal.kind] <= goal.part * whole[goal.kind]) ?? path.steps);
  const widths = path.at(at);
  const { parameters, bytes, macs } = costsAt(profile, widths);
  const all = costsAt(profile, wholeWidths(profile));
  const weights = { parameters: facts.parameters - all.parameters + parameters, weightBytes: facts.weightBytes - all.bytes + bytes };
  return { profile, widths, costs: { ...weights, macs: facts.macs === null ? null : facts.macs - all.macs + macs } };
}

/** By default half of the channels go; a list of parts is what the rules of the groups say. */
function goalOf(
  settings: CostedStep['settings'],
): { readonly kind: 'channels'; readonly part: number } | { readonly kind: 'parameters' | 'macs'; readonly part: number } {
  for (const kind of ['macs', 'parameters'] as const) {
    const part = settings[kind];
    if (typeof part === 'number') return { kind, part };
  }
  const { channels = 0.5 } = settings;
  return { kind: 'channels', part: typeof channels === 'number' ? channels : 0 };
}

/** As `groupRules` of the pruning room, for layers that are known by name only. */
function rulesOf({ settings, layers }: CostedStep, { groups }: PruningProfile): GroupRules[] {
  const number = (key: string, fallback: number): number => (typeof settings[key] === 'number' ? settings[key] : fallback);
  const stages = Array.isArray(settings['channels']) ? (settings['channels'] as number[]) : [];
  return groups.map(({ channels, makers }, i) => {
    const multiple = number('round-to', 1);
    const said = makers.map((name) => layers[name] ?? {});
    if (said.some((own) => own['prune'] === false)) return { minimum: channels, multiple };
    const ratios = said.flatMap((own) => (typeof own['channels'] === 'number' ? [own['channels']] : []));
    const ratio = ratios.length > 0 ? Math.min(...ratios) : stages[Math.floor((i * stages.length) / groups.length)];
    const minimum = Math.max(number('min-channels', 1), Math.ceil(channels * (1 - number('max-ratio', 0.95)) - 1e-9));
    return { minimum, multiple, ...(ratio === undefined ? {} : { ratio }) };
  });
}
