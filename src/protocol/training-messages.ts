import type { CurveLayout, CurveRow } from './curve-layout.ts';
import type { RoundsLayout, ShownPruning } from './rounds-layout.ts';
import type { RunStatus } from './runs.ts';
import type { TrainingCurve } from './training.ts';
import { fields, finite, index, nothing, oneOf, type Check } from './check.ts';
import { notice, question } from './transport.ts';

/** How the run of a training stands. */
export interface TrainingStatus {
  /** For people: "Compress resnet20.onnx". */
  readonly title: string;
  /** `waiting`: for the job before it. */
  readonly state: RunStatus | 'waiting';
  /** "train: 120 of 400 steps · about 3 min left", or why it ended. */
  readonly text: string;
  /** Of the whole run, 0 to 1; absent when nothing is being done. */
  readonly fraction?: number;
  readonly can: readonly TrainingAction[];
}

export type TrainingAction = 'cancel' | 'resume' | 'report' | 'models' | 'output';

/** A training as the page shows it. */
export interface ShownTraining {
  readonly curve: TrainingCurve;
  readonly rows: readonly CurveRow[];
  /** Whether more of it is to come. */
  readonly live: boolean;
}

/** What the page keeps while it is hidden or the window is reloaded. */
export interface TrainingState {
  /** Folder of the run, by which the host finds it again; empty until there is one. */
  folder: string;
  /** Whether the tables are open. */
  tables: boolean;
}

/** Pixels that a picture may ask for: no more than a wall of screens has. */
const length: Check<number> = (value): value is number => finite(value) && value >= 100 && value <= 20_000;

/** Messages of the learning curves and rounds of a run (`lathe.training`). */
export const trainingMessages = {
  /** View → host: listening; show what there is. Sent again whenever the view was made anew. */
  ready: notice<null>('training/ready', nothing),
  /** Host → view: where the run keeps its results. */
  run: notice<{ folder: string }>('training/run'),
  status: notice<TrainingStatus>('training/status'),
  /** Host → view: all trainings of the run, the whole of each; `waiting`: titles of those that have not begun. */
  curves: notice<{ trainings: readonly ShownTraining[]; waiting: readonly string[] }>('training/curves'),
  /** Host → view: the rounds of all prunings of the run. */
  rounds: notice<{ prunings: readonly ShownPruning[] }>('training/rounds'),
  /** View → host: places of lines, marks and figures of one pruning. */
  roundsPicture: question<{ pruning: number; width: number }, RoundsLayout>(
    'training/roundsPicture',
    fields({ pruning: index, width: length }),
  ),
  /** View → host: places of lines, marks and figures of one training. */
  picture: question<{ training: number; width: number }, CurveLayout>('training/picture', fields({ training: index, width: length })),
  /** View → host. */
  act: notice<{ action: TrainingAction }>('training/act', fields({ action: oneOf('cancel', 'resume', 'report', 'models', 'output') })),
} as const;
