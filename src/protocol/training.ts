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
