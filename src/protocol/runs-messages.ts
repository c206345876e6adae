import type { RunComparison } from './runs-comparison.ts';
import type { ScatterLayout } from './scatter.ts';
import { notice, question } from './transport.ts';

/** Which picture: a group of runs measured alike, the id of a cost, and the room there is in pixels. */
export interface PictureRequest {
  group: number;
  axis: string;
  width: number;
  height: number;
}

/** What the page keeps while it is hidden or the window is reloaded: `runs` are folders, by which the host finds the runs again. */
export interface RunsState {
  runs: readonly string[];
  group: number;
  axis: string;
  order: { column: string; descending: boolean };
}

/** Messages of the comparison of runs (`lathe.runs`). Runs are named by their folders. */
export const runsMessages = {
  /** View → host: listening; show what there is. Sent again whenever the view was made anew. */
  ready: notice<null>('runs/ready'),
  /** Host → view; again when one of the runs has changed. */
  show: notice<{ comparison: RunComparison }>('runs/show'),
  /** Host → view: there is nothing to compare any more. */
  empty: notice<{ message: string }>('runs/empty'),
  /** View → host: places of marks, names and ticks. */
  picture: question<PictureRequest, ScatterLayout>('runs/picture'),
  /** View → host: show the run's report, or what there is of it. */
  open: notice<{ folder: string }>('runs/open'),
  /** View → host: leave a run out. */
  remove: notice<{ folder: string }>('runs/remove'),
  /** View → host: ask which runs to compare. */
  choose: notice<null>('runs/choose'),
  /** View → host: save what is shown as a file. */
  save: notice<{ as: 'html' | 'csv' }>('runs/save'),
} as const;

/** The room of a picture as a page may ask for it: whole pixels, no larger than a wall of screens. Undefined where it is nothing of the kind. */
export function checkedRequest(body: unknown): PictureRequest | undefined {
  const { group, axis, width, height } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const length = (value: unknown): value is number => typeof value === 'number' && value >= 100 && value <= 20_000;
  if (typeof axis !== 'string' || !Number.isSafeInteger(group) || !length(width) || !length(height)) return undefined;
  return { group: group as number, axis, width, height };
}

/** Folders that a page kept, as far as it can be one's state at all. */
export function checkedFolders(state: unknown): string[] {
  const { runs } = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>;
  return Array.isArray(runs) ? runs.filter((run): run is string => typeof run === 'string').slice(0, 10_000) : [];
}
