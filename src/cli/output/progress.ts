import type { JobProgress, LogLine } from '../../protocol/job.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import { timeLeft } from '../../protocol/format.ts';
import type { Cli } from '../cli.ts';
import { styleFor } from './style.ts';
import { standing, standingData } from './training.ts';

export interface ProgressDisplay {
  report(progress: JobProgress): void;
  /** How the trainings of a run go; the last one is going on. */
  training(curves: readonly TrainingCurve[]): void;
  log(line: LogLine): void;
  /** Removes what is not to stay on the screen. */
  end(): void;
}

export interface ProgressOptions {
  quiet?: boolean;
  verbose?: boolean;
  progress?: string;
}

const lineEveryMs = 3000;
const barWidth = 24;

/** On stderr: a bar on a terminal, a line every few seconds elsewhere, JSON lines on demand, nothing with `--quiet`. */
export function progressDisplay(cli: Cli, options: ProgressOptions): ProgressDisplay {
  if (options.quiet) return { report() {}, training() {}, log() {}, end() {} };
  if (options.progress === 'json') return jsonLines(cli);
  const bar = options.progress === 'bar' || (options.progress !== 'lines' && cli.stderr.isTTY && cli.env['TERM'] !== 'dumb');
  return bar ? barDisplay(cli, options) : lineDisplay(cli, options);
}

const percent = (progress: JobProgress): string => `${Math.floor(progress.fraction * 100)} %`;

/** `curve`: of the training that the progress is of. */
function summary(progress: JobProgress, curve: TrainingCurve | undefined): string {
  const counted = curve ? `  ${standing(curve)}` : progress.total > 1 ? `  ${progress.done}/${progress.total} ${progress.unit}` : '';
  const left = progress.secondsLeft === undefined ? '' : `  ${timeLeft(progress.secondsLeft)} left`;
  return `${progress.phase}${counted}${left}`;
}

/** The last curve, unless all its steps are done: what follows is no training any more, or the next one. */
function goingOn(curves: readonly TrainingCurve[]): TrainingCurve | undefined {
  const last = curves.at(-1);
  const through = last === undefined || last.stopped !== undefined || (last.points.at(-1)?.step ?? 0) >= last.steps;
  return through ? undefined : last;
}

function jsonLines(cli: Cli): ProgressDisplay {
  const write = (value: object): void => void cli.stderr.write(`${JSON.stringify(value)}\n`);
  return {
    report: ({ phase, done, total, unit, fraction, secondsLeft }) => write({ phase, done, total, unit, fraction, secondsLeft }),
    training: (curves) => {
      const last = curves.at(-1);
      if (last) write({ training: standingData(last) });
    },
    log: ({ level, message }) => {
      if (level !== 'error') write({ level, message });
    },
    end() {},
  };
}

/** Errors are left out: what ends a job is said once, by `printFailure`. */
function logText(line: LogLine, cli: Cli, options: ProgressOptions): string | undefined {
  const style = styleFor(cli.stderr, cli.env);
  if (line.level === 'warn') return `${style.warn('warning:')} ${line.message}`;
  // What a user should know before a long job begins is marked so.
  if (line.data?.['shown'] === true) return line.message;
  return options.verbose && line.level !== 'error' ? style.dim(line.message) : undefined;
}

function lineDisplay(cli: Cli, options: ProgressOptions): ProgressDisplay {
  let last = performance.now();
  let curve: TrainingCurve | undefined;
  return {
    training: (curves) => void (curve = goingOn(curves)),
    report(progress) {
      const now = performance.now();
      if (now - last < lineEveryMs) return;
      last = now;
      cli.stderr.write(`${percent(progress).padStart(5)}  ${summary(progress, curve)}\n`);
    },
    log(line) {
      const text = logText(line, cli, options);
      if (text) cli.stderr.write(`${text}\n`);
    },
    end() {},
  };
}

function barDisplay(cli: Cli, options: ProgressOptions): ProgressDisplay {
  const style = styleFor(cli.stderr, cli.env);
  let shown = '';
  let curve: TrainingCurve | undefined;
  const clear = (): void => {
    if (shown) cli.stderr.write('\r\u001b[K');
    shown = '';
  };
  return {
    training: (curves) => void (curve = goingOn(curves)),
    report(progress) {
      const full = Math.round(progress.fraction * barWidth);
      const text = `${'█'.repeat(full)}${style.dim('░'.repeat(barWidth - full))} ${percent(progress).padStart(5)}  ${summary(progress, curve)}`;
      if (text === shown) return;
      // A line that wraps could not be overwritten; the escape codes of the style take no room.
      const room = (cli.stderr.columns ?? 80) - 1 + (text.length - text.replaceAll(/\u001b\[\d+m/g, '').length);
      cli.stderr.write(`\r\u001b[K${text.slice(0, room)}`);
      shown = text;
    },
    log(line) {
      const text = logText(line, cli, options);
      if (!text) return;
      clear();
      cli.stderr.write(`${text}\n`);
    },
    end: clear,
  };
}
