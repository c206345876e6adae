import type { Context } from '../base/context.ts';
import { throwIfCancelled } from '../base/errors.ts';
import type { LoadedSample } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';

export interface Latency {
  readonly median: number;
  readonly p90: number;
  readonly runs: number;
  readonly warmUp: number;
  readonly threads: number;
}

/** A slow model is called for so long, in milliseconds, before and while it is timed; calls beyond are left out, but for the fewest. */
const longestMs = { warmUp: 2_000, runs: 10_000 } as const;
const fewest = { warmUp: 1, runs: 3 } as const;

/**
 * Milliseconds of one call with one picture, decoding and preprocessing not counted: median and 90th percentile of `runs` calls after
 * `warmUp` calls, fewer of a slow model, in a session as a user's program gets it (all optimizations, threads that spin).
 */
export async function measureLatency(
  request: {
    readonly file: Uint8Array | { readonly path: string };
    readonly model: Model;
    readonly sample: LoadedSample;
    readonly runs: number;
    readonly warmUp: number;
  },
  { runtime, context }: { readonly runtime: Runtime; readonly context: Context },
): Promise<Latency> {
  const { file, model, sample, runs, warmUp } = request;
  const session = await runtime.load(file, { optimize: 'all', threads: context.threads, spinning: true });
  try {
    const feeds = pictureFeeder(model)(sample);
    let done = 0;
    const timed = async (kind: 'warmUp' | 'runs'): Promise<number[]> => {
      const times: number[] = [];
      for (
        let spent = 0;
        times.length < request[kind] && (spent < longestMs[kind] || times.length < fewest[kind]);
        spent += times.at(-1)!
      ) {
        throwIfCancelled(context.signal);
        const start = context.clock.monotonic();
        await session.run(feeds);
        times.push(context.clock.monotonic() - start);
        context.progress.report({ phase: 'time', done: ++done, total: warmUp + runs, unit: 'runs' });
      }
      return times;
    };
    const before = await timed('warmUp');
    const times = await timed('runs');
    times.sort((a, b) => a - b);
    return { median: quantile(times, 0.5), p90: quantile(times, 0.9), runs: times.length, warmUp: before.length, threads: context.threads };
  } finally {
    await session.dispose();
  }
}

/** Linear between the neighbours (Hyndman and Fan, type 7). */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}
