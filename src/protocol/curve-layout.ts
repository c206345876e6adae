/** A learning curve laid out: bands one above the other on one axis of epochs. Whoever draws it only draws. Lengths are pixels from the upper left corner. */
export interface CurveLayout {
  readonly width: number;
  readonly height: number;
  /** Ends of the axis of epochs. */
  readonly left: number;
  readonly right: number;
  /** `below`: the optimizer step at the same place. */
  readonly xTicks: readonly { readonly at: number; readonly text: string; readonly below: string }[];
  readonly bands: readonly CurveBand[];
  /** Where the best score was measured, through all bands. */
  readonly best?: { readonly x: number; readonly label: { readonly text: string; readonly x: number; readonly anchor: 'start' | 'end' } };
}

export interface CurveBand {
  readonly what: 'loss' | 'validation' | 'rate';
  readonly title: string;
  readonly top: number;
  readonly bottom: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** Corners, in the order of the curve's points or scores. */
  readonly line: readonly (readonly [x: number, y: number])[];
  /** What was measured, where `line` is the mean over neighbours. */
  readonly measured?: readonly (readonly [x: number, y: number])[];
  /** Place of the best among the scores. */
  readonly best?: number;
}

/** One row of the table that says the same: an epoch, or several where there are very many. */
export interface CurveRow {
  readonly epoch: number;
  readonly step: number;
  /** Mean since the row before; absent before the first step. */
  readonly loss?: number;
  readonly rate?: number;
  readonly score?: number;
  readonly best: boolean;
}

/** Scores of several trainings above one axis of epochs. */
export interface ScoresLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly xTicks: readonly { readonly at: number; readonly text: string }[];
  readonly yTicks: readonly { readonly at: number; readonly text: string }[];
  /** In the order of the trainings. */
  readonly lines: readonly {
    readonly corners: readonly (readonly [x: number, y: number])[];
    readonly best: readonly [x: number, y: number];
    /** Where its name stands, behind the last score. */
    readonly label: { readonly text: string; readonly x: number; readonly y: number };
  }[];
}
