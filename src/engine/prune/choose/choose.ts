import type { PrunedCosts, PruningProfile } from '../../../protocol/pruning.ts';
import { LatheError } from '../../base/errors.ts';
import { costsAt, wholeWidths } from '../costs-at.ts';
import type { Coupling, Removal } from '../groups/types.ts';
import type { Importance } from '../importance/index.ts';
import { firstMeasuredStep, firstStep, type WidthPath } from './path.ts';
import { removalTo, type Widths } from './widths.ts';

/** What has to be reached, all of it. */
export interface Goals {
  /** Part of the channels that goes: of each group, kind or all, as the path has it. */
  readonly channels?: number;
  /** Parts that remain. */
  readonly parameters?: number;
  readonly macs?: number;
}

export interface ChooseRequest {
  readonly coupling: Coupling;
  readonly profile: PruningProfile;
  readonly importance: Importance;
  readonly path: WidthPath;
  /** For messages. */
  readonly file?: string;
}

export interface Choice {
  readonly removal: Removal;
  /** Channels left by place of the group. */
  readonly widths: Widths;
  readonly costs: PrunedCosts;
}

/**
 * The widths on the path at the part of `channels`, or farther on where `parameters` and `macs` are reached. Throws LatheError `prune.goal` where they are not, with the nearest
 * that can be reached.
 */
export function choose(request: ChooseRequest, goals: Goals): Choice {
  const { path } = request;
  const step = firstStep(path.steps, (at) => misses(request, goals, path.at(at)).length === 0);
  if (step === undefined) throw unreachable(request, goals);
  return chosen(request, goals.channels === undefined ? step : Math.max(step, path.stepAt(goals.channels)));
}

/** Whether the path comes to the goals of cost. */
export const isReached = (request: ChooseRequest, goals: Goals): boolean =>
  misses(request, goals, request.path.at(request.path.steps)).length === 0;

/** The path is looked at in so many places at most: seven measurements. */
const measuredPlaces = 64;

/**
 * The least removal for which `holds`, measured: a latency that is reached, a loss that is no longer allowed. Places are even in multiply-adds. undefined where not even the last
 * does.
 */
export async function chooseMeasured(request: ChooseRequest, holds: (choice: Choice) => Promise<boolean>): Promise<Choice | undefined> {
  const places = placesOf(request);
  const found = await firstMeasuredStep(places.length - 1, (place) => holds(chosen(request, places[place]!)));
  return found === undefined ? undefined : chosen(request, places[found]!);
}

/** The greatest removal that is still `allowed`, measured; undefined where not even the first is. */
export async function chooseWhile(request: ChooseRequest, allowed: (choice: Choice) => Promise<boolean>): Promise<Choice | undefined> {
  const places = placesOf(request);
  const beyond =
    (await firstMeasuredStep(places.length - 1, async (place) => !(await allowed(chosen(request, places[place]!))))) ?? places.length;
  return beyond === 0 ? undefined : chosen(request, places[beyond - 1]!);
}

/** Steps of the path, evenly spaced in multiply-adds, the first and the last among them. */
function placesOf({ path, profile }: ChooseRequest): number[] {
  const macsAt = (step: number): number => costsAt(profile, path.at(step)).macs;
  const [whole, least] = [macsAt(0), macsAt(path.steps)];
  const places = Array.from({ length: measuredPlaces }, (_, i) => {
    const wanted = whole - ((whole - least) * i) / (measuredPlaces - 1);
    return firstStep(path.steps, (step) => macsAt(step) <= wanted) ?? path.steps;
  });
  return [...new Set([0, ...places, path.steps])].sort((a, b) => a - b);
}

function chosen({ coupling, profile, importance, path }: ChooseRequest, step: number): Choice {
  const widths = path.at(step);
  return { removal: removalTo(widths, coupling, importance), widths, costs: costsAt(profile, widths) };
}

interface Miss {
  readonly key: 'parameters' | 'macs';
  readonly wanted: number;
  readonly nearest: number;
}

function misses({ profile }: ChooseRequest, goals: Goals, widths: Widths): Miss[] {
  const [before, after] = [costsAt(profile, wholeWidths(profile)), costsAt(profile, widths)];
  return (['parameters', 'macs'] as const).flatMap((key) => {
    const wanted = goals[key];
    return wanted !== undefined && after[key] > before[key] * wanted ? [{ key, wanted, nearest: after[key] / before[key] }] : [];
  });
}

const nouns = { parameters: 'parameters', macs: 'multiply-adds' };

function unreachable(request: ChooseRequest, goals: Goals): LatheError {
  const [{ key, wanted, nearest }] = misses(request, goals, request.path.at(request.path.steps)) as [Miss];
  return new LatheError(
    'prune.goal',
    `${percent(wanted)} of the ${nouns[key]} cannot be reached: at its narrowest the model has ${percent(nearest)} left`,
    {
      file: request.file,
      hint: `The nearest is \`${key}: ${Math.ceil(nearest * 1000) / 1000}\`. What keeps the rest: \`round-to\`, \`min-channels\`, \`max-ratio\`, layers with \`prune: false\`.`,
    },
  );
}

const percent = (part: number): string => `${Number((part * 100).toFixed(1))} %`;
