import type { PruningProfile } from '../../../protocol/pruning.ts';
import { firstStep, type WidthPath } from './path.ts';
import { savings, type CostKind } from './savings.ts';
import { allowedWidth, firstWidth, type GroupRules } from './widths.ts';

/** So many widths of a group are told apart at most: a step of a layer of 2048 channels is 16 of them. */
const mostWidths = 128;

/** What the next channels of a group are worth. */
export interface Ranked {
  readonly profile: PruningProfile;
  readonly rules: readonly GroupRules[];
  /** By group: importance of its channels, ascending. */
  readonly ascending: readonly ArrayLike<number>[];
  /** The next channels to go are those of least importance for each multiply-add or parameter saved; absent: of least importance. */
  readonly per?: CostKind;
}

/** A group becomes narrower. */
interface Move {
  readonly group: number;
  readonly width: number;
}

/** All groups compete: the channels that are worth least go first, wherever they are. */
export function globalPath(ranked: Ranked): WidthPath {
  const all = ranked.profile.groups.map((_, group) => group);
  const moves = order(ranked, all);
  const at = (step: number) => after(ranked, moves.slice(0, step));
  const total = sum(ranked.profile.groups.map(({ channels }) => channels));
  const stepAt = (part: number): number => {
    const beyond = firstStep(moves.length, (step) => sum(at(step)) < total - Math.round(part * total));
    return beyond === undefined ? moves.length : Math.max(0, beyond - 1);
  };
  return { steps: moves.length, at, stepAt };
}

/** Parts of a per cent of `isomorphicPath`, as those of the local one. */
const ratioSteps = 1000;

/**
 * Groups compete only with those of the same kind (Fang et al. 2024, Isomorphic pruning, arXiv:2407.04616, section 3.2); every kind loses the same part of its channels. `kinds`
 * by group.
 */
export function isomorphicPath(ranked: Ranked, kinds: readonly string[]): WidthPath {
  const { groups } = ranked.profile;
  const classes = [...new Set(kinds)].map((kind) => {
    const members = groups.flatMap((_, group) => (kinds[group] === kind && ranked.rules[group]!.ratio === undefined ? [group] : []));
    return { moves: order(ranked, members), channels: members.reduce((sum, group) => sum + groups[group]!.channels, 0) };
  });
  const at = (step: number) => {
    const taken = classes.flatMap(({ moves, channels }) => {
      let rest = Math.round((channels * step) / ratioSteps);
      const widths = groups.map((group) => group.channels);
      const count = moves.findIndex(({ group, width }) => {
        rest -= widths[group]! - width;
        widths[group] = width;
        return rest < 0;
      });
      return count < 0 ? moves : moves.slice(0, count);
    });
    return after(ranked, taken);
  };
  return { steps: ratioSteps, at, stepAt: (part) => Math.round(part * ratioSteps) };
}

function after({ profile, rules }: Ranked, moves: readonly Move[]): number[] {
  const widths = profile.groups.map(({ channels }, i) => firstWidth(channels, rules[i]!));
  for (const { group, width } of moves) widths[group] = width;
  return widths;
}

/**
 * Moves of some groups in the order of their price. What a move saves only shrinks while other groups become narrower, so a price kept from before is never too high, and only
 * the least one has to be looked at again.
 */
function order(ranked: Ranked, members: readonly number[]): Move[] {
  const { profile, rules } = ranked;
  const widths = profile.groups.map(({ channels }, i) => firstWidth(channels, rules[i]!));
  const saved = ranked.per && savings(profile, ranked.per);
  const offer = (group: number): { move: Move; price: number } | undefined => {
    const width = nextWidth(widths[group]!, profile.groups[group]!.channels, rules[group]!);
    return width === undefined ? undefined : { move: { group, width }, price: price(ranked, group, widths, width, saved) };
  };
  const open = new Map(members.flatMap((group) => [[group, offer(group)] as const]));
  const moves: Move[] = [];
  for (;;) {
    const least = leastOf(open);
    if (!least) return moves;
    const { group } = least.move;
    const again = saved ? offer(group)! : least;
    open.set(group, again);
    if (again.price > least.price && leastOf(open) !== again) continue;
    moves.push(again.move);
    widths[group] = again.move.width;
    open.set(group, offer(group));
  }
}

function leastOf(open: ReadonlyMap<number, { move: Move; price: number } | undefined>): { move: Move; price: number } | undefined {
  let least: { move: Move; price: number } | undefined;
  for (const offer of open.values()) if (offer && (!least || offer.price < least.price)) least = offer;
  return least;
}

/** undefined where the group is as narrow as it may be. */
function nextWidth(width: number, channels: number, rules: GroupRules): number | undefined {
  if (rules.ratio !== undefined) return undefined;
  const step = Math.ceil(channels / mostWidths / rules.multiple) * rules.multiple;
  const least = allowedWidth(0, channels, rules);
  const next = Math.max(least, Math.ceil(width / rules.multiple) * rules.multiple - step);
  return next < width ? next : undefined;
}

/** Mean importance of the channels that would go, or their sum by what they save. */
function price(
  { profile, ascending }: Ranked,
  group: number,
  widths: readonly number[],
  width: number,
  saved: ((group: number, widths: readonly number[], width: number) => number) | undefined,
): number {
  const { channels } = profile.groups[group]!;
  let sum = 0;
  for (let at = channels - widths[group]!; at < channels - width; at++) sum += ascending[group]![at]!;
  if (!saved) return sum / (widths[group]! - width);
  const gain = saved(group, widths, width);
  return gain > 0 ? sum / gain : Infinity;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
