import type { ComparedLayer, ComparedOutput } from '../../protocol/results/compare.ts';
import type { Context } from '../base/context.ts';
import { compareModels } from '../evaluate/compare.ts';
import type { LayerHistogram } from '../evaluate/layer-sums.ts';
import { modelCost } from '../ops/cost.ts';
import { inferShapes } from '../ops/infer.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import { compareStage } from './plan.ts';
import type { RunData } from './run-data.ts';
import type { Source } from './source.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

/** The recipe's model and the final one, layer by layer, on calibration pictures. Plain data. */
export interface ComparedLayers {
  readonly layers: readonly ComparedLayer[];
  readonly outputs: readonly ComparedOutput[];
  /** By the layer's name in the recipe's model. */
  readonly histograms: Readonly<Record<string, LayerHistogram>>;
  readonly samples: number;
}

/** At most so many pictures are run through both models … */
const mostCompared = 8;
/** … and so many that the float model's multiply-adds stay below this: fetching all layers of a large model takes its time. */
const comparedMacs = 8e9;

/** Pictures to compare layers on: 0 without any. It follows from model and data, never from how fast the machine is. */
export async function comparedPictures(source: Source, data: RunData, { signal }: Context): Promise<number> {
  const dataset = data.calibration ?? data.test;
  for await (const sample of dataset?.stream({ signal, to: 1 }) ?? []) {
    const feeds = pictureFeeder(source.model)(sample);
    const bind = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const { macs } = modelCost(source.model, inferShapes(source.model, { bind }));
    const affordable = macs ? Math.max(1, Math.floor(comparedMacs / macs)) : mostCompared;
    return Math.min(dataset?.samples.length ?? 0, mostCompared, affordable);
  }
  return 0;
}

/** undefined without steps or without pictures. */
export async function compareLayers(
  chain: StepChain,
  finished: readonly FinishedStep[],
  samples: number,
): Promise<ComparedLayers | undefined> {
  const { session, source, runtime } = chain;
  const last = finished.at(-1);
  const dataset = chain.data.calibration ?? chain.data.test;
  if (!last || !dataset || samples === 0) return undefined;
  return session.stage<ComparedLayers>({
    name: compareStage,
    parts: { a: source.file.sha256, b: last.file.sha256, data: dataset.fingerprint, samples },
    work: async (context) => {
      const request = { a: source.path, b: session.folder.file('models', last.name), dataset, samples, histograms: true };
      const { document, histograms } = await compareModels(request, { runtime, context });
      // That layers have fewer channels is what was asked for.
      const isCut = chain.steps.some(({ step }) => step === 'prune');
      for (const warning of document.warnings) context.logger[isCut ? 'info' : 'warn'](warning);
      const { layers, outputs } = document;
      return { layers, outputs, samples: document.samples, histograms: Object.fromEntries(histograms) };
    },
  });
}
