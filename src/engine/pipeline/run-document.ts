import path from 'node:path';
import type { NotQuantized } from '../../protocol/results/common.ts';
import type { ComparedWay, ModelSummary, RunDocument, RunLatency } from '../../protocol/results/run.ts';
import { plannedChain } from './chain-plan/planned-chain.ts';
import { codedModel, isWorthCoding } from './coded-size.ts';
import { trainingOutcome } from './curves/outcome.ts';
import { writtenFormats } from './formats-stage.ts';
import type { HashedFile } from './hash.ts';
import { summarizeModel } from './model-summary.ts';
import type { RunMetrics } from './measure.ts';
import { stageName } from './stage-name.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';
import type { StepReport } from './steps/step.ts';

export interface RunOutcome {
  readonly chain: StepChain;
  /** In the order of the recipe. */
  readonly all: readonly FinishedStep[];
  /** Those on the model whose figures the run gives. */
  readonly finished: readonly FinishedStep[];
  readonly metrics?: RunMetrics;
  readonly latency?: RunLatency;
  readonly ways?: ComparedWay[];
}

/** The document of a finished run, but for the memory it took: that is known last. */
export async function runDocument({
  chain,
  all,
  finished,
  metrics,
  latency,
  ways,
}: RunOutcome): Promise<(peakRssBytes: number) => RunDocument> {
  const { session } = chain;
  const { folder, record } = session;
  const models = await summaries(chain, all);
  const search = all.findLast(({ report }) => report.search)?.report.search;
  const output = models.findLast(({ role }) => role === 'output');
  const document: Omit<RunDocument, 'peakRssBytes'> = {
    run: folder.path,
    recipe: folder.recipe,
    steps: chain.steps.map((step, i) => ({
      step: step.step,
      ...(step.on === undefined ? {} : { on: step.on }),
      seconds: record.timings[stageName(step)]?.seconds ?? 0,
      notes: [...(all[i]?.report.notes ?? [])],
      ...(all[i]?.report.trials ? { trials: [...all[i].report.trials] } : {}),
      ...(all[i]?.report.training ? { training: trainingOutcome(all[i].report.training) } : {}),
      ...(all[i]?.report.rounds ? { rounds: [...all[i].report.rounds] } : {}),
    })),
    models: [...models, ...(output ? writtenFormats(chain, finished, output) : [])],
    ...(metrics ? { metrics: { before: metrics.before, after: metrics.after } } : {}),
    ...(metrics?.gate ? { gate: metrics.gate } : {}),
    ...(latency ? { latencyMs: latency } : {}),
    ...(search ? { search } : {}),
    ...(ways ? { ways } : {}),
    report: folder.report,
    resumed: session.resumed,
    notQuantized: stillFloat(finished),
    warnings: record.warnings,
    ...(await plannedChain(chain.recipe, models)),
  };
  return (peakRssBytes) => ({ ...document, peakRssBytes });
}

/** What the last step that quantizes left in float. */
const stillFloat = (finished: readonly FinishedStep[]): NotQuantized[] => [...(finished.at(-1)?.report.notQuantized ?? [])];

/** First the model whose figures the run gives, then what else the recipe has: those served on the way. */
async function summaries({ session, tracks }: StepChain, all: readonly FinishedStep[]): Promise<ModelSummary[]> {
  const list: ModelSummary[] = [];
  const places = all.map(({ name }) => path.join(session.folder.models, name));
  const worth = (await Promise.all(places.map(isWorthCoding))).includes(true);
  const summarize = async (place: string, role: ModelSummary['role'], file: HashedFile, bits: StepReport['bits']): Promise<ModelSummary> =>
    summarizeModel(place, role, file, bits, worth ? await codedModel(place, file) : undefined);
  for (const track of [tracks.main, ...tracks.all.filter((one) => one !== tracks.main)]) {
    const { alias, source } = track;
    const on = alias === undefined ? {} : { on: alias };
    const finished = all.filter((step) => step.on === alias);
    list.push({ ...(await summarize(source.path, 'input', source.file, {})), ...on });
    for (const [i, { name, file, report }] of finished.entries()) {
      const role = track === tracks.main && i === finished.length - 1 ? 'output' : 'intermediate';
      list.push({ ...(await summarize(path.join(session.folder.models, name), role, file, report.bits)), ...on });
    }
  }
  return list;
}
