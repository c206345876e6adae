import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Runtime, RuntimeTensor, SessionOptions } from './runtime.ts';

/** What one node of the optimized graph took. Nodes that ONNX Runtime fused or added are called as it calls them. */
export interface NodeTiming {
  readonly name: string;
  readonly op: string;
  readonly provider: string;
  /** Element types of its inputs as the kernel saw them: tells integer kernels from float ones. */
  readonly inputTypes: readonly string[];
  /** Median over the runs, in milliseconds. */
  readonly medianMs: number;
}

export interface ProfileRequest {
  readonly runtime: Runtime;
  readonly model: Uint8Array | { readonly path: string };
  readonly feeds: Readonly<Record<string, RuntimeTensor>>;
  readonly optimize: SessionOptions['optimize'];
  readonly threads: number;
  readonly runs: number;
  /** Runs before, which are not counted. */
  readonly warmUp: number;
  /** Called after each run, counted or not; false ends it. Throws what the caller wants to end it with. */
  readonly afterRun?: (done: number) => boolean;
  /** Called with the graph that was run, as ONNX Runtime optimized it, while the file is there. Such a file is at most 2 GB. */
  readonly withOptimized?: (path: string) => Promise<void>;
}

/** Time by node, in execution order, from ONNX Runtime's own profiler. Throws LatheError `runtime.*`. */
export async function profileModel(request: ProfileRequest): Promise<NodeTiming[]> {
  const { runtime, model, feeds, optimize, threads, runs, warmUp, afterRun, withOptimized } = request;
  const folder = await mkdtemp(path.join(tmpdir(), 'lathe-profile-'));
  const optimizedModelPath = path.join(folder, 'optimized.onnx');
  try {
    const session = await runtime.load(model, {
      optimize,
      threads,
      spinning: true,
      profilePrefix: path.join(folder, 'run'),
      ...(withOptimized ? { optimizedModelPath } : {}),
    });
    try {
      for (let run = 0; run < warmUp + runs; run++) {
        await session.run(feeds);
        if (afterRun?.(run + 1) === false) break;
      }
    } finally {
      await session.dispose();
    }
    await withOptimized?.(optimizedModelPath);
    const file = (await readdir(folder)).find((name) => name.startsWith('run'));
    return file === undefined ? [] : readProfile(await readFile(path.join(folder, file), 'utf8'), warmUp);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: {
    readonly op_name?: string;
    readonly provider?: string;
    readonly node_index?: string;
    readonly input_type_shape?: Record<string, unknown>[];
  };
}

const suffix = '_kernel_time';

/** Reads ONNX Runtime's profile (Chrome trace events), leaving out each node's first `warmUp` runs. */
export function readProfile(json: string, warmUp: number): NodeTiming[] {
  const byNode = new Map<string, { event: ProfileEvent; times: number[] }>();
  for (const event of JSON.parse(json) as ProfileEvent[]) {
    if (event.cat !== 'Node' || !event.name?.endsWith(suffix) || event.dur === undefined) continue;
    const key = event.args?.node_index ?? event.name;
    const found = byNode.get(key);
    if (found) found.times.push(event.dur);
    else byNode.set(key, { event, times: [event.dur] });
  }
  return [...byNode.values()].map(({ event, times }) => ({
    name: event.name!.slice(0, -suffix.length),
    op: event.args?.op_name ?? '',
    provider: event.args?.provider ?? '',
    inputTypes: (event.args?.input_type_shape ?? []).flatMap((input) => Object.keys(input)),
    medianMs: median(times.slice(warmUp)) / 1000,
  }));
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
