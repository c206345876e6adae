import type { Measurement } from './results/common.ts';
import type { Deployment } from './deployments.ts';
import type { ComparedWay, GateVerdict, ModelSummary, RunLatency } from './results/run.ts';
import type { RunBudget } from './shared-budget.ts';

/** `interrupted`: its record says running, and no process does. `unreadable`: there is no record that could be read. */
export type RunStatus = 'running' | 'finished' | 'failed' | 'cancelled' | 'interrupted' | 'unreadable';

/** What a measurement says in lists of runs: without its long tail of figures by class. */
export type RunMeasurement = Omit<Measurement, 'extra'>;

/**
 * What lists and comparisons say of a run: plain data, small, taken with care from a `run.json` that anybody may have written. Texts are cut,
 * figures are numbers; what is missing or of another kind is absent.
 */
export interface RunSummary {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  readonly status: RunStatus;
  /** Why it can't be read, or what it failed of. One sentence. */
  readonly problem?: string;
  /** ISO 8601. */
  readonly started?: string;
  readonly ended?: string;
  /** File of the recipe, absolute; absent when a command made it. */
  readonly recipe?: string;
  /** The model it began with, absolute. */
  readonly model?: string;
  /** Name of a target. */
  readonly target?: string;
  /** Steps with the settings that are not the usual ones: "quantize weights 4, activations 8, round layer". Empty where unknown. */
  readonly method: string;
  /** One of its steps trains: there is a learning curve, or will be. */
  readonly trains?: boolean;
  /** One of its steps prunes: there are rounds, or will be. */
  readonly prunes?: boolean;
  /** First what went in, then what came out of each step. Paths are those of this folder, wherever it was when it ran. */
  readonly models: readonly ModelSummary[];
  readonly metrics?: { readonly before: RunMeasurement; readonly after: RunMeasurement };
  /** Pictures that the metric was measured on. `fingerprint` names their contents. */
  readonly test?: { readonly path: string; readonly samples: number; readonly fingerprint?: string };
  readonly gate?: GateVerdict;
  readonly latencyMs?: RunLatency;
  /** Processor that the latency was measured on. */
  readonly machine?: string;
  /** What was measured on boards with its result, by target and host. */
  readonly deployments?: readonly Deployment[];
  /** How a budget was shared out between the models of a chain. */
  readonly budget?: RunBudget;
  /** Each model of a chain alone, and all jointly. */
  readonly ways?: readonly (Omit<ComparedWay, 'metrics'> & { readonly metrics: RunMeasurement })[];
  readonly warnings: number;
}
