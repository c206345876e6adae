import path from 'node:path';
import type { CodedLayer } from '../../protocol/results/run.ts';
import { writeJsonAtomic } from './atomic.ts';
import { codedLayers, isWorthCoding } from './coded-size.ts';
import type { ComparedLayers } from './compare-stage.ts';
import { layerTable, overlayOf } from './layer-table.ts';
import type { RunMetrics } from './measure.ts';
import type { ReportedLayers } from './report-run.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

export interface Findings {
  readonly chain: StepChain;
  readonly finished: readonly FinishedStep[];
  readonly metrics?: RunMetrics;
  /** Layers of the recipe's model against the final one's. */
  readonly compared?: ComparedLayers;
}

/** Writes `layers.json`, `overlay.json` and `metrics.json`: nothing in them depends on time, place or machine load. */
export async function writeFindings({ chain, finished, metrics, compared }: Findings): Promise<ReportedLayers> {
  const { folder } = chain.session;
  const done = finished.flatMap(({ report }) => report.layers);
  const kept = finished.at(-1)?.report.notQuantized ?? [];
  const layers = layerTable(chain.source.layers, done, kept, compared, await codedOf(chain, finished.at(-1)));
  const models = [chain.source.file.sha256, ...finished.map(({ file }) => file.sha256)];
  const table = { comparedSamples: compared?.samples, layers, outputs: compared?.outputs };
  await writeJsonAtomic(folder.file('layers.json'), { recipe: chain.recipeHash, ...table });
  await writeJsonAtomic(folder.file('overlay.json'), overlayOf(layers, chain.recipeHash, models));
  await writeJsonAtomic(folder.file('metrics.json'), { recipe: chain.recipeHash, ...metrics });
  return table;
}

/** Sizes of the final model's layers, where its weights are zero or shared. */
async function codedOf({ session }: StepChain, last: FinishedStep | undefined): Promise<ReadonlyMap<string, CodedLayer> | undefined> {
  if (!last) return undefined;
  const place = path.join(session.folder.models, last.name);
  return (await isWorthCoding(place)) ? codedLayers(place, last.file) : undefined;
}
