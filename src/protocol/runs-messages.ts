import type { RunComparison } from './runs-comparison.ts';
import type { ScoresLayout } from './curve-layout.ts';
import type { ScatterLayout } from './scatter.ts';
import { fields, finite, index, list, nothing, oneOf, text, type Check } from './check.ts';
import { notice, question } from './transport.ts';

/** Which picture: a group of runs measured alike, the id of a cost, and the room there is in pixels. */
export interface PictureRequest {
  group: number;
  axis: string;
  width: number;
  height: number;
}

/** What a comparison can be saved as. */
export type SavedAs = 'html' | 'csv' | 'json';

/** What the page keeps while it is hidden or the window is reloaded: `runs` are folders, by which the host finds the runs again. */
export interface RunsState {
  runs: readonly string[];
  group: number;
  axis: string;
  order: { column: string; descending: boolean };
}

/** Pixels that a picture may ask for: no more than a wall of screens has. */
const length: Check<number> = (value): value is number => finite(value) && value >= 100 && value <= 20_000;

/** Messages of the comparison of runs (`lathe.runs`). Runs are named by their folders. */
export const runsMessages = {
  /** View → host: listening; show what there is. Sent again whenever the view was made anew. */
  ready: notice<null>('runs/ready', nothing),
  /** Host → view; again when one of the runs has changed. */
  show: notice<{ comparison: RunComparison }>('runs/show'),
  /** Host → view: there is nothing to compare any more. */
  empty: notice<{ message: string }>('runs/empty'),
  /** View → host: places of marks, names and ticks. */
  picture: question<PictureRequest, ScatterLayout>('runs/picture', fields({ group: index, axis: text(), width: length, height: length })),
  /** View → host: places of the lines of a group of trainings. */
  curves: question<{ group: number; width: number }, ScoresLayout>('runs/curves', fields({ group: index, width: length })),
  /** View → host: show the run's report, or what there is of it. */
  open: notice<{ folder: string }>('runs/open', fields({ folder: text() })),
  /** View → host: leave a run out. */
  remove: notice<{ folder: string }>('runs/remove', fields({ folder: text() })),
  /** View → host: ask which runs to compare. */
  choose: notice<null>('runs/choose', nothing),
  /** View → host: save what is shown as a file. */
  save: notice<{ as: SavedAs }>('runs/save', fields({ as: oneOf('html', 'csv', 'json') })),
} as const;

/** Folders that a page kept, as far as it can be one's state at all. */
export const checkedFolders = (state: unknown): readonly string[] => (kept(state) ? state.runs : []);

const kept = fields({ runs: list(text(), 10_000) });
