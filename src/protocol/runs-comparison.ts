import type { Deployment, StageCell } from './deployments.ts';
import type { RunMeasurement, RunStatus, RunSummary } from './runs.ts';
import type { ComparedBudget } from './shared-budget.ts';

/** What a model costs: one axis of the picture, one column of the table. */
export interface CostAxis {
  readonly id: string;
  /** "File size". */
  readonly title: string;
  /** How its figures are written. */
  readonly kind: 'bytes' | 'count' | 'milliseconds' | 'joules';
  /** What holds the figures together: "4 threads, AMD EPYC". */
  readonly note?: string;
}

/** A run as a row of the table. */
export interface ComparedRun {
  readonly folder: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly problem?: string;
  readonly started?: string;
  readonly method: string;
  readonly target: string;
  /** Of the model it began with: its file's name. */
  readonly model: string;
  /** By the axis' id; absent where not known. */
  readonly costs: Readonly<Record<string, { readonly before?: number; readonly after?: number }>>;
  readonly metrics?: RunSummary['metrics'];
  readonly gate?: RunSummary['gate'];
}

/** A model in a picture. */
export interface ComparedPoint {
  /** Place of its run in the table; of the first where several began with the same model. */
  readonly run: number;
  /** What went into runs, or what came out of one. */
  readonly side: 'before' | 'after';
  readonly name: string;
  readonly measured: RunMeasurement;
  readonly costs: Readonly<Record<string, number>>;
}

/** Models that were measured alike: one picture for each axis. */
export interface ComparedGroup {
  readonly title: string;
  /** "1000 pictures of data/test". */
  readonly data: string;
  readonly unit: string;
  readonly better: 'high' | 'low';
  readonly points: readonly ComparedPoint[];
  /** By the axis' id: points that no other beats in both cost and metric, by rising cost. Axes with fewer than two points have none. */
  readonly fronts: Readonly<Record<string, readonly number[]>>;
}

/** A training of one of the runs, by what it came to on validation pictures. */
export interface ComparedTraining {
  /** Place of its run in the table. */
  readonly run: number;
  /** "resnet20-w4", with the step where the run has several that train. */
  readonly name: string;
  readonly epochs: number;
  /** The first is that before the first step; thinned where there are very many. */
  readonly scores: readonly { readonly epoch: number; readonly value: number }[];
  /** Place of the best among them: its weights were kept. */
  readonly best: number;
  /** Of a pruning: what its last round left, "25 % of the multiply-adds". */
  readonly left?: string;
}

/** Trainings whose scores are of one metric: one picture. */
export interface ComparedTrainings {
  readonly title: string;
  readonly unit: string;
  /** `rounds`: of prunings; an "epoch" is a round then. Absent: epochs. */
  readonly by?: 'rounds';
  readonly trainings: readonly ComparedTraining[];
}

/** The result of a run on a board. */
export interface ComparedBoard {
  /** Place of its run in the table. */
  readonly run: number;
  /** "zcu104 at board.local". */
  readonly board: string;
  /** What the board said it is, and when it was measured. */
  readonly detail?: string;
  /** By column. */
  readonly cells: readonly StageCell[];
  /** "91.2 %, 2.13 ms, 871 FPS, 4.02 mJ": measured there, in one line. */
  readonly short: string;
  readonly deployment: Deployment;
}

/** Several runs side by side, as plain data: what the page, the HTML file and the CSV file show. */
export interface RunComparison {
  readonly runs: readonly ComparedRun[];
  /** Those that any run has figures for. */
  readonly axes: readonly CostAxis[];
  readonly groups: readonly ComparedGroup[];
  /** Of runs that train. */
  readonly trainings: readonly ComparedTrainings[];
  /** Places of runs by method and target; only where there are several targets. */
  readonly matrix?: {
    readonly methods: readonly string[];
    readonly targets: readonly string[];
    readonly cells: readonly (readonly (readonly number[])[])[];
  };
  /** Runs whose results were measured on boards: float model, result here, board. Absent where there are none. */
  readonly boards?: {
    readonly columns: readonly string[];
    readonly rows: readonly ComparedBoard[];
    /** Places of rows by method and board; only where there are several rows. */
    readonly matrix?: {
      readonly methods: readonly string[];
      readonly boards: readonly string[];
      readonly cells: readonly (readonly (readonly number[])[])[];
    };
  };
  /** Of runs of chains that shared a budget out between their models. Absent where there are none. */
  readonly budgets?: readonly ComparedBudget[];
  /** Of runs that measured each model of a chain alone beside all jointly. Absent where there are none. */
  readonly ways?: readonly (WayTable & { readonly run: number })[];
  /** What the reader must know before comparing: "2 runs have not finished". */
  readonly notes: readonly string[];
}

/** Ways to compress a chain side by side: texts by column. */
export interface WayTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Pictures that all were measured on. */
  readonly samples: number;
}
