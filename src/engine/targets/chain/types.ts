/** Memory that a target has, and what of a chain it must hold. */
export interface TargetMemory {
  /** "flash of a module". */
  readonly name: string;
  /**
   * `weights`: of all models; `largest`: what lives at once while the models run one after another in the same memory; `all`: activations of all
   * models at once, each in memory of its own.
   */
  readonly holds: 'weights' | 'largest' | 'all';
  /** Bytes; absent: it depends on the board, or is not known. */
  readonly limit?: number;
  /** What it is beyond the limit: an error where nothing could run then. */
  readonly beyond?: 'error' | 'warning' | 'info';
  /** What to do then. */
  readonly hint?: string;
}

/** What a target computes at most in a second. */
export interface TargetPeak {
  /** Of one unit. */
  readonly macsPerSecond: number;
  /** Units that work on different pictures at the same time. */
  readonly units: number;
  /** "2048 multiply-adds a cycle and core at 300 MHz". */
  readonly text: string;
}

/** How a target runs several models one after another. A new one is a `chain.ts` in its folder and a line in chain/index.ts. */
export interface ChainTarget {
  readonly target: string;
  /** As its tools want them: one file for the whole, or one for each model. */
  readonly files: 'whole' | 'each';
  /** One or two sentences: what runs when, and what gets more pictures through. */
  readonly schedule: string;
  readonly source: string;
  readonly memory: readonly TargetMemory[];
  /** Of a number of a float model, once it is made ready for the target; absent: as the model has it. */
  readonly elementBytes?: number;
  /** `architecture`: name of the accelerator, where the target has several. Undefined: not known. */
  peak?(architecture: string | undefined): TargetPeak | undefined;
}
