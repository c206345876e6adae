import type { LoadedSample } from '../data/types.ts';
import type { Context } from '../base/context.ts';
import { throwIfCancelled } from '../base/errors.ts';
import { quantile } from '../evaluate/latency.ts';
import { encodeModel } from '../onnx/codec.ts';
import type { Model } from '../onnx/graph.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import type { Width } from './budget.ts';

/** Timed calls of each model: medians of so many differ by a per cent or two on a quiet machine. */
const runs = 40;
const warmUp = 10;

/**
 * Median milliseconds of one call with one picture, with all optimizations and spinning threads, as a user's program gets it. What is
 * measured here holds for this machine.
 */
export async function latencyOf(model: Model, sample: LoadedSample, runtime: Runtime, context: Context): Promise<number> {
  const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: context.threads, spinning: true });
  try {
    const feeds = pictureFeeder(model)(sample);
    const times: number[] = [];
    for (let run = 0; run < warmUp + runs; run++) {
      throwIfCancelled(context.signal);
      const start = context.clock.monotonic();
      await session.run(feeds);
      if (run >= warmUp) times.push(context.clock.monotonic() - start);
    }
    return quantile(
      times.sort((a, b) => a - b),
      0.5,
    );
  } finally {
    await session.dispose();
  }
}

/** Kernel that runs a layer's weights of a width: widths that share one are equally fast. */
export type Kernel = 'integer' | 'packed' | 'wide' | 'float';

/** Up to 8 bits are codes in 8-bit integers, unless they are packed: those are unpacked and computed in float. */
export function kernelOf(width: Width, storage: 'runnable' | 'packed'): Kernel {
  if (width === 'float') return 'float';
  if (width > 8) return 'wide';
  return storage === 'packed' && width <= 4 ? 'packed' : 'integer';
}

export interface LayerLatencies {
  /** With every layer on integer kernels. */
  readonly all: number;
  /** What changes when one layer alone runs on another kernel, by layer and kernel; what it adds around the layer is in it. */
  readonly added: ReadonlyMap<string, ReadonlyMap<Kernel, number>>;
}

/**
 * Measures what single layers add when they leave the integer kernels: the whole model with one layer changed against the whole model,
 * each beside a measurement of its own of the unchanged one, since machines drift. `make` writes the model with one layer changed.
 */
export async function layerLatencies(
  request: {
    readonly layers: readonly string[];
    readonly kernels: readonly Exclude<Kernel, 'integer'>[];
    readonly make: (layer: string | undefined, kernel: Kernel) => Promise<Model>;
    readonly sample: LoadedSample;
  },
  { runtime, context }: { readonly runtime: Runtime; readonly context: Context },
): Promise<LayerLatencies> {
  const { layers, kernels, make, sample } = request;
  const base = await make(undefined, 'integer');
  const all: number[] = [];
  const added = new Map<string, Map<Kernel, number>>();
  for (const [i, layer] of layers.entries()) {
    const own = new Map<Kernel, number>([['integer', 0]]);
    for (const kernel of kernels) {
      const before = await latencyOf(base, sample, runtime, context);
      own.set(kernel, (await latencyOf(await make(layer, kernel), sample, runtime, context)) - before);
      all.push(before);
    }
    added.set(layer, own);
    context.progress.report({ phase: 'time layers', done: i + 1, total: layers.length, unit: 'layers' });
  }
  if (all.length === 0) all.push(await latencyOf(base, sample, runtime, context));
  all.sort((a, b) => a - b);
  return { all: quantile(all, 0.5), added };
}
