import type { PruningProfile } from './pruning.ts';
import { fields, finite, index, list, nothing, oneOf, text, type Check } from './check.ts';
import { notice } from './transport.ts';

/** What a person wants to reach; the names are those of the step's settings. */
export type PruningGoal = 'channels' | 'macs' | 'parameters';

/** What was chosen in the preview. */
export interface PruningChoice {
  goal: PruningGoal;
  /** `channels`: the part that is removed of every group. Otherwise the part of multiply-adds or parameters that remains. */
  amount: number;
  /** Channels that are left are a multiple of this, where the group has so many. */
  roundTo: number;
  /** Groups that do not follow the goal, with the part of their channels that is removed; 0 keeps all. */
  groups: readonly (readonly [name: string, part: number])[];
}

/** What the preview begins with. */
export interface PruningQuestion {
  /** File name of the model. */
  model: string;
  choice: PruningChoice;
  /** What the target needs beside 1: choices for `roundTo`. */
  multiples: readonly number[];
  /** "This computer's CPU": why the choice is rounded. */
  target: string;
  /** Layers that were selected when it was asked for: their groups come first. */
  layers: readonly string[];
  /** What follows the answer, as a verb: "Prune", "Write Recipe". */
  verb: string;
}

/** What the page keeps while it is hidden. */
export interface PruningState {
  choice?: PruningChoice;
  sort: 'model' | 'macs' | 'removed';
}

const part: Check<number> = (value): value is number => finite(value) && value >= 0 && value <= 1;
const longestName = 1 << 20;
const group: Check<readonly [string, number]> = (value): value is readonly [string, number] =>
  Array.isArray(value) && value.length === 2 && text(longestName)(value[0]) && part(value[1]);

/** Messages of the preview of pruning (`lathe.pruning`). */
export const pruningMessages = {
  /** View → host: listening. Sent again whenever the view was made anew. */
  ready: notice<null>('pruning/ready', nothing),
  start: notice<PruningQuestion>('pruning/start'),
  /** Host → view: what the model costs at any widths. Comes once more when importances have been measured. */
  profile: notice<PruningProfile>('pruning/profile'),
  /** Host → view: why there is no preview, for people. */
  failed: notice<string>('pruning/failed'),
  /** View → host. */
  accept: notice<PruningChoice>(
    'pruning/accept',
    fields<PruningChoice>({ goal: oneOf('channels', 'macs', 'parameters'), amount: part, roundTo: index, groups: list(group, 100_000) }),
  ),
  cancel: notice<null>('pruning/cancel', nothing),
} as const;
