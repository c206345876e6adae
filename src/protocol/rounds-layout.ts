import type { PruningRound } from './pruning.ts';

/** Rounds of one step that prunes; the first is the model as it was. */
export interface PruningHistory {
  /** Title of the step: "prune", "prune (step 3)". */
  readonly step: string;
  readonly rounds: readonly PruningRound[];
}

/** Rounds of pruning laid out: bands one above the other on one axis of rounds. Whoever draws it only draws. Lengths are pixels from the upper left corner. */
export interface RoundsLayout {
  readonly width: number;
  readonly height: number;
  /** Ends of the axis. */
  readonly left: number;
  readonly right: number;
  readonly xTicks: readonly { readonly at: number; readonly text: string }[];
  readonly bands: readonly RoundsBand[];
}

export interface RoundsBand {
  readonly what: 'score' | 'costs' | 'time';
  readonly title: string;
  readonly top: number;
  readonly bottom: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly lines: readonly {
    /** `cut`: right after the cut, drawn hollow and dashed. */
    readonly what: 'score' | 'cut' | 'macs' | 'parameters' | 'bytes' | 'time';
    readonly corners: readonly (readonly [x: number, y: number])[];
    /** Behind the last corner. */
    readonly label: { readonly text: string; readonly x: number; readonly y: number };
  }[];
}

/** One row of the table that says the same, as texts. */
export interface RoundRow {
  /** "as it was", "1". */
  readonly round: string;
  /** "344 of 688". */
  readonly channels: string;
  /** With the part that is left: "134 k (50 %)". */
  readonly parameters: string;
  readonly macs: string;
  readonly bytes: string;
  /** Of the model before, of the cut one with what was repaired, and after training; empty where it was not measured. */
  readonly cut: string;
  readonly tuned: string;
  readonly time: string;
  readonly seconds: string;
}

/** A pruning as the page shows it. */
export interface ShownPruning {
  readonly history: PruningHistory;
  readonly rows: readonly RoundRow[];
  /** "top-1", or nothing where no score was measured. */
  readonly metric: string;
  /** Groups that lost most, with their channels before and after. */
  readonly groups: readonly { readonly name: string; readonly before: number; readonly after: number }[];
}
