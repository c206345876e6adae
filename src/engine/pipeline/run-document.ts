import path from 'node:path';
import type { ModelSummary, NotQuantized, RunDocument, RunLatency } from '../../protocol/results.ts';
import { trainingOutcome } from './curves/outcome.ts';
import { summarizeModel } from './model-summary.ts';
import type { RunMetrics } from './measure.ts';
import { stageName } from './stage-name.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

export interface RunOutcome {
  readonly chain: StepChain;
  readonly finished: readonly FinishedStep[];
  readonly metrics?: RunMetrics;
  readonly latency?: RunLatency;
}

/** The document of a finished run, but for the memory it took: that is known last. */
export async function runDocument({ chain, finished, metrics, latency }: RunOutcome): Promise<(peakRssBytes: number) => RunDocument> {
  const { session } = chain;
  const { folder, record } = session;
  const models = await summaries(chain, finished);
  const document: Omit<RunDocument, 'peakRssBytes'> = {
    run: folder.path,
    recipe: folder.recipe,
    steps: chain.steps.map((step, i) => ({
      step: step.step,
      seconds: record.timings[stageName(step)]?.seconds ?? 0,
      notes: [...(finished[i]?.report.notes ?? [])],
      ...(finished[i]?.report.trials ? { trials: [...finished[i].report.trials] } : {}),
      ...(finished[i]?.report.training ? { training: trainingOutcome(finished[i].report.training) } : {}),
    })),
    models,
    ...(metrics ? { metrics: { before: metrics.before, after: metrics.after } } : {}),
    ...(metrics?.gate ? { gate: metrics.gate } : {}),
    ...(latency ? { latencyMs: latency } : {}),
    report: folder.report,
    resumed: session.resumed,
    notQuantized: stillFloat(finished),
    warnings: record.warnings,
  };
  return (peakRssBytes) => ({ ...document, peakRssBytes });
}

/** What the last step that quantizes left in float. */
const stillFloat = (finished: readonly FinishedStep[]): NotQuantized[] => [...(finished.at(-1)?.report.notQuantized ?? [])];

async function summaries({ session, source }: StepChain, finished: readonly FinishedStep[]): Promise<ModelSummary[]> {
  const list = [await summarizeModel(source.path, 'input', source.file, {})];
  for (const [i, { name, file, report }] of finished.entries()) {
    const role = i === finished.length - 1 ? 'output' : 'intermediate';
    list.push(await summarizeModel(path.join(session.folder.models, name), role, file, report.bits));
  }
  return list;
}
