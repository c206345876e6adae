import type { OutputsMatch } from './results/board.ts';
import type { ChainThroughput } from './results/chain.ts';
import type { RunMeasurement } from './runs.ts';

/** What was measured on a board with the result of a run: a file of the run's folder, `deploy/<target>-<host>.json`, read as foreign data. */
export interface Deployment {
  /** Name of a target. */
  readonly target: string;
  readonly host: string;
  /** What the board said it is: "DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz". */
  readonly board?: string;
  /** ISO 8601. */
  readonly measured?: string;
  /** Of the file that ran there. */
  readonly bytes?: number;
  readonly macs?: number;
  /** Of those, on the accelerator; absent where there is none or it is not known. */
  readonly acceleratorMacs?: number;
  readonly subgraphs?: { readonly total: number; readonly accelerator: number };
  /** One picture at a time. */
  readonly latencyMs?: { readonly median: number; readonly p90: number; readonly runs: number };
  readonly fps: readonly { readonly threads: number; readonly fps: number }[];
  readonly power?: {
    readonly watts: number;
    readonly idleWatts: number;
    readonly joulesPerPicture?: number;
    readonly threads?: number;
    readonly source: string;
  };
  /** The same metric on the same pictures in three stages. */
  readonly metrics: { readonly float?: RunMeasurement; readonly simulated?: RunMeasurement; readonly board?: RunMeasurement };
  readonly outputsMatch?: OutputsMatch;
  /** Of several models that run one after another: what they got through, in series and as a pipeline. */
  readonly chain?: ChainThroughput;
}

/** A figure of a stage, as it is shown. */
export interface StageCell {
  readonly text: string;
  /** Below it, smaller: pictures and interval, threads and machine. */
  readonly note?: string;
  /** There is no figure: the text says why. */
  readonly missing?: true;
}

/** `simulated`: the target's arithmetic, computed on this machine; `here`: run on this machine as it is; `board`: measured on a board. */
export type StageKind = 'float' | 'simulated' | 'here' | 'board';

/** Float model, result, boards side by side: stages are columns. Every row has a cell for each. */
export interface StageTable {
  readonly stages: readonly { readonly kind: StageKind; readonly title: string; readonly note?: string }[];
  readonly rows: readonly { readonly title: string; readonly cells: readonly StageCell[] }[];
}
