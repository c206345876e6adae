import type { ComparedLayer } from '../../protocol/results.ts';
import { writeJsonAtomic } from './atomic.ts';
import { layerTable, overlayOf } from './layer-table.ts';
import type { RunMetrics } from './measure.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

export interface Findings {
  readonly chain: StepChain;
  readonly finished: readonly FinishedStep[];
  readonly metrics?: RunMetrics;
  /** Layers of the recipe's model against the final one's. */
  readonly compared: readonly ComparedLayer[];
}

/** Writes `layers.json`, `overlay.json` and `metrics.json`: nothing in them depends on time, place or machine load. */
export async function writeFindings({ chain, finished, metrics, compared }: Findings): Promise<void> {
  const { folder } = chain.session;
  const layers = finished.flatMap(({ report }) => report.layers);
  const kept = finished.at(-1)?.report.notQuantized ?? [];
  const rows = layerTable(chain.source.layers, layers, kept, compared);
  const models = [chain.source.file.sha256, ...finished.map(({ file }) => file.sha256)];
  await writeJsonAtomic(folder.file('layers.json'), { recipe: chain.recipeHash, layers: rows });
  await writeJsonAtomic(folder.file('overlay.json'), overlayOf(rows, chain.recipeHash, models));
  await writeJsonAtomic(folder.file('metrics.json'), { recipe: chain.recipeHash, ...metrics });
}
