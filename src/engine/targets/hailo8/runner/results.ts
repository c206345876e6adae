import { LatheError } from '../../../base/errors.ts';
import type { BoardFigures, RunRequest } from '../../run-plan.ts';
import { shown } from '../../zcu104/runner/foreign.ts';

/** What hailortcli printed. (hailo-ai/hailort 4.23, hailortcli/benchmark_command.cpp, infer_stats_printer.cpp, power_measurement_command.cpp.) */
export interface HailoFigures {
  readonly hardwareFps?: number;
  readonly streamingFps?: number;
  /** Means over ten frames each, milliseconds. */
  readonly latencies: readonly number[];
  readonly meanLatencyMs?: number;
  readonly watts?: number;
  readonly idleWatts?: number;
  readonly error?: string;
}

const number = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const figures = {
  hardwareFps: new RegExp(String.raw`^FPS\s+\(hw_only\)\s*=\s*${number}`),
  streamingFps: new RegExp(String.raw`^\s*\(streaming\)\s*=\s*${number}`),
  meanLatencyMs: new RegExp(String.raw`^Latency \(hw\)\s*=\s*${number} ms`),
  watts: new RegExp(String.raw`^\s*Power in streaming mode \(average\) = ${number} W`),
  idleWatts: new RegExp(String.raw`^Average value \(W\): ${number}`),
} as const;
const single = new RegExp(String.raw`^\s*HW Latency: ${number} ms`);

export function readHailortcli(log: string): HailoFigures {
  const found: Partial<Record<keyof typeof figures, number>> = {};
  const latencies: number[] = [];
  let sampling = false;
  let error: string | undefined;
  for (const raw of log.split('\n')) {
    // Progress is written over its own line.
    const line = raw.split('\r').at(-1)!;
    if (line.startsWith('lathe: ')) sampling = line.includes('latency');
    for (const [name, pattern] of Object.entries(figures) as [keyof typeof figures, RegExp][]) {
      const value = Number(pattern.exec(line)?.[1]);
      if (Number.isFinite(value)) found[name] ??= value;
    }
    const latency = Number(single.exec(line)?.[1]);
    if (sampling && Number.isFinite(latency)) latencies.push(latency);
    error ??= /\[HailoRT(?: CLI)?\] \[error\] (?:CHECK(?:_\w+)* failed - )?(.*)/.exec(line)?.[1] ?? /^lathe: error: (.*)/.exec(line)?.[1];
  }
  return { ...found, latencies: latencies.sort((a, b) => a - b), ...(error === undefined ? {} : { error }) };
}

/** Throws `board.run`. */
export function hailoFigures(log: string, { entry, inputs }: Pick<RunRequest, 'entry' | 'inputs'>): BoardFigures {
  const read = readHailortcli(log);
  const { hardwareFps, streamingFps, latencies, meanLatencyMs, watts, idleWatts } = read;
  if (streamingFps === undefined && hardwareFps === undefined) throw failure(read.error);
  const power = watts !== undefined && idleWatts !== undefined && streamingFps !== undefined;
  return {
    ...(latencies.length ? { latencyMs: { median: quantile(latencies, 0.5), p90: quantile(latencies, 0.9), runs: latencies.length } } : {}),
    fps: [{ threads: 1, fps: streamingFps ?? hardwareFps! }],
    ...(power
      ? {
          power: {
            watts,
            idleWatts,
            threads: 1,
            joulesPerPicture: Math.max(0, watts - idleWatts) / streamingFps,
            source: 'hailortcli, the accelerator alone',
          },
        }
      : {}),
    notes: [
      ...(latencies.length
        ? ['Latency is that of the chip, each run the mean of 10 frames.']
        : meanLatencyMs === undefined
          ? []
          : [`Latency of the chip: ${meanLatencyMs} ms on average.`]),
      ...(hardwareFps === undefined ? [] : [`Without moving pictures to the chip and results back it would be ${hardwareFps} FPS.`]),
      ...(entry.power && !power ? ['This board cannot measure the power of its Hailo-8.'] : []),
      ...(inputs.length ? ['hailortcli gives no outputs, so neither accuracy nor outputs are compared.'] : []),
    ],
  };
}

function failure(error: string | undefined): LatheError {
  const said = error === undefined ? 'hailortcli gave no figures' : shown(error, 500);
  const hint = /HEF|version|arch/i.test(said)
    ? 'A .hef is for one chip and for HailoRT of its compiler or newer: HailoRT 4.x with the Dataflow Compiler 3.x.'
    : /device|driver|physical/i.test(said)
      ? 'See that hailortcli fw-control identify works there, and that nothing else uses the chip.'
      : undefined;
  return new LatheError('board.run', `the Hailo-8 could not run the model: ${said}`, hint ? { hint } : {}, 1);
}

/** Linear between the neighbours, as latencies on this machine. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}
