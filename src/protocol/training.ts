/** One optimizer step (or the mean over several, where there are thousands). */
export interface CurvePoint {
  /** Steps done, from 1. */
  step: number;
  /** In epochs. */
  epoch: number;
  loss: number;
  /** Learning rate. */
  rate: number;
}

/** The model measured on validation pictures while it is trained. */
export interface CurveScore {
  step: number;
  epoch: number;
  value: number;
  /** On the same pictures; lower is better. */
  loss?: number;
  /** The best until then: its weights are kept. */
  best: boolean;
}

/** How a training went, or goes: drawn live by the editor and by the report. Plain data. */
export interface TrainingCurve {
  /** Title of the step: `train`, `qat (step 3)`. */
  step: string;
  /** What is to be done; `stopped` says why less was. */
  epochs: number;
  steps: number;
  points: CurvePoint[];
  /** Absent where nothing is measured. The first score is that before the first step. */
  validation?: { metric: string; unit: string; better: 'high' | 'low'; scores: CurveScore[] };
  /** Why it ended early. */
  stopped?: string;
}

/** What a training came to, in figures. */
export interface TrainingOutcome {
  /** Done; less than planned where it ended early. */
  epochs: number;
  planned: number;
  steps: number;
  /** Means over a few batches at both ends; absent where no step was done. */
  loss?: { first: number; last: number };
  /** Before the first step, and the best: its weights were kept. */
  validation?: { metric: string; unit: string; before: number; best: number; epoch: number };
  stopped?: string;
}
