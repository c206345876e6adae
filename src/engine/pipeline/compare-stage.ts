import type { ComparedLayer, ComparedOutput } from '../../protocol/results.ts';
import { compareModels } from '../evaluate/compare.ts';
import type { LayerHistogram } from '../evaluate/layer-sums.ts';
import { comparedPictures, compareStage } from './plan.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

/** The recipe's model and the final one, layer by layer, on calibration pictures. Plain data. */
export interface ComparedLayers {
  readonly layers: readonly ComparedLayer[];
  readonly outputs: readonly ComparedOutput[];
  /** By the layer's name in the recipe's model. */
  readonly histograms: Readonly<Record<string, LayerHistogram>>;
  readonly samples: number;
}

/** undefined without steps or without pictures. */
export async function compareLayers(chain: StepChain, finished: readonly FinishedStep[]): Promise<ComparedLayers | undefined> {
  const { session, source, runtime } = chain;
  const last = finished.at(-1);
  const dataset = chain.data.calibration ?? chain.data.test;
  if (!last || !dataset) return undefined;
  return session.stage<ComparedLayers>({
    name: compareStage,
    parts: { a: source.file.sha256, b: last.file.sha256, data: dataset.fingerprint, samples: comparedPictures },
    work: async (context) => {
      const request = { a: source.path, b: session.folder.file('models', last.name), dataset, samples: comparedPictures, histograms: true };
      const { document, histograms } = await compareModels(request, { runtime, context });
      for (const warning of document.warnings) context.logger.warn(warning);
      const { layers, outputs, samples } = document;
      return { layers, outputs, samples, histograms: Object.fromEntries(histograms) };
    },
  });
}
