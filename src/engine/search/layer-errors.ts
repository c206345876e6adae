import type { AnalyzedLayer } from '../../protocol/results/analyze.ts';
import type { Context } from '../base/context.ts';
import type { Dataset } from '../data/types.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { analyze } from '../sensitivity/analyze.ts';
import { analysisOf } from '../sensitivity/part.ts';
import type { LayerInfo, Widths } from '../sensitivity/types.ts';
import { evenly } from './evenly.ts';

/** What a layer alone costs at some widths, the rest of the model in float. */
export interface LayerErrors extends LayerInfo {
  /** Squared error over squared value of the outputs, one for each of the widths asked for. */
  readonly errors: readonly number[];
}

/** Pictures that single layers are tried on: the ranking settles long before the task metric would. */
export const sensitivityPictures = 64;

/** Errors of every layer of a plan at these widths, on some of the pictures; layers in the order of the graph. Throws what `analyze` throws. */
export async function layerErrors(
  plan: StaticPlan,
  widths: readonly Widths[],
  dataset: Dataset,
  deps: { readonly runtime: Runtime; readonly context: Context },
): Promise<LayerErrors[]> {
  const pictures = evenly(dataset, sensitivityPictures);
  // Outputs are compared, not scored: the task plays no part.
  const part = await analyze(plan, { method: 'isolated', metric: 'sqnr', widths, dataset: pictures, task: 'none' }, deps);
  const found = new Map(analysisOf(part).layers.map((row) => [key(row.name, row), row]));
  return part.layers.map((layer) => ({
    ...layer,
    errors: widths.map((width) => {
      const row = found.get(key(layer.name, width))!;
      return row.equal ? 0 : share(row.value);
    }),
  }));
}

const key = (name: string, { weights, activations }: Pick<AnalyzedLayer, 'weights' | 'activations'>): string =>
  JSON.stringify([name, weights, activations]);

/** Noise over signal from an SQNR in dB. What is no number is as bad as can be. */
const share = (decibels: number | null): number => (decibels === null || Number.isNaN(decibels) ? Infinity : 10 ** (-decibels / 10));
