import type { RunLatency } from '../../protocol/results/run.ts';
import type { Dataset, LoadedSample } from '../data/types.ts';
import { measureLatency, type Latency } from '../evaluate/latency.ts';
import { scanModel } from '../onnx/scan.ts';
import { latencyStage } from './plan.ts';
import { isSimulated } from './simulation.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

/** Each model is timed for about this long, in milliseconds, but never with fewer or more calls than these. */
const timedMs = 600;
const [fewest, most] = [3, 50];

/**
 * Milliseconds of one call with one picture, before and after, on this machine: not kept for another process, since it depends on
 * where and when it is measured. undefined without steps or test data, and for a board, whose time this machine's would not tell.
 */
export async function timeModels(chain: StepChain, finished: readonly FinishedStep[]): Promise<RunLatency | undefined> {
  const { session, source, data, recipe } = chain;
  const last = finished.at(-1);
  if (!last || !data.test || isSimulated(recipe.target)) return undefined;
  const sample = await firstSample(data.test, session.context.signal);
  if (!sample) return undefined;
  return session.timed(latencyStage, async () => {
    const before = await timed(chain, source.path, sample);
    const after = await timed(chain, session.folder.file('models', last.name), sample);
    const figures = ({ median, p90 }: Latency) => ({ median, p90 });
    return { before: figures(before), after: figures(after), threads: session.context.threads };
  });
}

async function firstSample(dataset: Dataset, signal: AbortSignal): Promise<LoadedSample | undefined> {
  for await (const sample of dataset.stream({ signal, to: 1 })) return sample;
  return undefined;
}

/** One trial says how many calls fit into the time. */
async function timed({ runtime, session }: StepChain, path: string, sample: LoadedSample): Promise<Latency> {
  const model = await scanModel(path);
  const deps = { runtime, context: session.context };
  const trial = await measureLatency({ file: { path }, model, sample, runs: 1, warmUp: 1 }, deps);
  const runs = Math.round(Math.min(most, Math.max(fewest, timedMs / Math.max(0.01, trial.median))));
  return measureLatency({ file: { path }, model, sample, runs, warmUp: Math.ceil(runs / 4) }, deps);
}
