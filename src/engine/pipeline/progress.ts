import type { Clock, ProgressReport, ProgressSink } from '../base/context.ts';

/** A part of a job whose length can be guessed beforehand. */
export interface Stage {
  readonly name: string;
  /** Guessed work in a unit shared by all stages of the job (multiply-adds, say); only ratios matter. */
  readonly weight: number;
  /** Phases that it reports, in their order, with their shares of it; without, all it reports is taken for one phase. */
  readonly phases?: Readonly<Record<string, number>>;
}

export interface JobProgress extends ProgressReport {
  /** Share of the whole job, 0 to 1; never falls. */
  readonly fraction: number;
  /** For the whole job; undefined until a rate has been measured. */
  readonly secondsLeft?: number;
}

interface StageState extends Stage {
  weight: number;
  /** Share that is done, 0 to 1. */
  share: number;
  /** Share that was done when measuring began: kept results of an earlier process say nothing of this one's speed. */
  since: number;
  /** Seconds it has taken. */
  seconds: number;
}

/** Nothing is said of the time left before this many seconds have been measured. */
const firstEstimateAfter = 0.5;
/** An estimate that proves too low rises to the better one with this time constant, in seconds, instead of jumping. */
const settling = 2;

/**
 * Time left from measured rates: the running stage by its own rate, the stages to come by their guessed weight times the seconds
 * that a unit of weight has taken so far. The fraction never falls, and the time left never jumps up.
 */
export class ProgressTracker {
  #stages: StageState[];
  #current: StageState | undefined;
  #began = 0;
  #fraction = 0;
  #shown: { left: number; at: number } | undefined;

  constructor(
    stages: readonly Stage[],
    private readonly clock: Clock,
    private readonly onProgress: (progress: JobProgress) => void,
  ) {
    this.#stages = stages.map((stage) => ({ ...stage, share: 0, since: 0, seconds: 0 }));
  }

  /** Begins a stage; what the engine reports to the returned sink moves it. */
  begin(name: string): ProgressSink {
    const stage = this.#find(name);
    this.#current = stage;
    this.#began = this.clock.monotonic();
    let first = true;
    return {
      report: (report) => {
        const share = shareOf(stage, report);
        // A stage that continues from a checkpoint begins with its first report, not at nothing.
        if (first) stage.since = share;
        first = false;
        stage.share = Math.max(stage.share, share);
        stage.seconds = (this.clock.monotonic() - this.#began) / 1000;
        this.#show(report);
      },
    };
  }

  /** The stage is through. */
  end(name: string): void {
    const stage = this.#find(name);
    stage.seconds = (this.clock.monotonic() - this.#began) / 1000;
    stage.share = 1;
    this.#current = undefined;
  }

  /** The stage's result was there already, or it turned out to be needless. */
  skip(name: string): void {
    this.#find(name).weight = 0;
  }

  #find(name: string): StageState {
    const stage = this.#stages.find((candidate) => candidate.name === name);
    if (!stage) throw new Error(`no stage ${name} in the plan`);
    return stage;
  }

  #show(report: ProgressReport): void {
    const now = this.clock.monotonic() / 1000;
    const left = this.#settled(this.#estimate(), now);
    const done = this.#stages.reduce((sum, stage) => sum + stage.weight * stage.share, 0);
    const total = this.#stages.reduce((sum, stage) => sum + stage.weight, 0);
    const spent = this.#stages.reduce((sum, stage) => sum + stage.seconds, 0);
    const byTime = left === undefined ? undefined : spent / (spent + left || 1);
    this.#fraction = Math.max(this.#fraction, Math.min(1, byTime ?? (total > 0 ? done / total : 0)));
    this.onProgress({ ...report, fraction: this.#fraction, ...(left === undefined ? {} : { secondsLeft: left }) });
  }

  /** Seconds left by the rates measured so far; undefined while nothing has been measured. */
  #estimate(): number | undefined {
    const seconds = this.#stages.reduce((sum, stage) => sum + stage.seconds, 0);
    const measured = this.#stages.reduce((sum, stage) => sum + stage.weight * (stage.share - stage.since), 0);
    if (seconds < firstEstimateAfter || measured <= 0) return undefined;
    const secondsPerWeight = seconds / measured;
    return this.#stages.reduce((sum, stage) => {
      const open = 1 - stage.share;
      const moved = stage.share - stage.since;
      const ownRate = stage === this.#current && moved > 0 && stage.seconds >= firstEstimateAfter;
      return sum + (ownRate ? (stage.seconds / moved) * open : stage.weight * open * secondsPerWeight);
    }, 0);
  }

  /** Lower estimates count at once, higher ones little by little. */
  #settled(estimate: number | undefined, now: number): number | undefined {
    if (estimate === undefined) return undefined;
    const { left, at } = this.#shown ?? { left: estimate, at: now };
    const passed = now - at;
    const expected = Math.max(0, left - passed);
    const settled = estimate <= expected ? estimate : expected + (estimate - expected) * (1 - Math.exp(-passed / settling));
    this.#shown = { left: settled, at: now };
    return settled;
  }
}

/** How much of the stage is done by what it reports. Phases that the stage did not name do not move it. */
function shareOf(stage: StageState, report: ProgressReport): number {
  const done = report.total > 0 ? Math.min(1, report.done / report.total) : 1;
  if (!stage.phases) return done;
  const share = stage.phases[report.phase];
  if (share === undefined) return stage.share;
  const names = Object.keys(stage.phases);
  const all = names.reduce((sum, name) => sum + (stage.phases?.[name] ?? 0), 0);
  const before = names.slice(0, names.indexOf(report.phase)).reduce((sum, name) => sum + (stage.phases?.[name] ?? 0), 0);
  return (before + share * done) / all;
}
