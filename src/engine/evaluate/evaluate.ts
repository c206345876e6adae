import type { Context } from '../base/context.ts';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import type { DataSource } from '../data/source.ts';
import type { Dataset, LoadedSample, ModelInput } from '../data/types.ts';
import { DataType } from '../onnx/data-type.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import type { Task } from '../recipe/types.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { metrics } from './index.ts';
import { viewSteps } from './decode/view.ts';
import { inputExpectation, seeInput, settingsWarnings, type FedRange } from './input-check.ts';
import { checkLabels } from './labels.ts';
import { measureLatency } from './latency.ts';
import type { Metric, MetricSetting } from './metric.ts';
import { classScores } from './outputs.ts';
import { evaluationOf, type EvaluatedSample, type Evaluation, type EvaluationPart } from './part.ts';
import { Album, type PicturesRequest } from './pictures/album.ts';
import { modelSize } from './size.ts';
import { isQdq, openRunner, type Runner } from './sessions.ts';

export interface EvaluateRequest {
  /** Path of the model. */
  readonly model: string;
  /** A second model: for the paired difference, or to agree with where there are no labels. */
  readonly against?: string;
  readonly task: Task;
  readonly dataset: Dataset;
  /** Of the data source. */
  readonly decode?: DataSource['decode'];
  readonly match?: DataSource['match'];
  readonly latency?: { readonly runs: number; readonly warmUp: number };
  /** Runs in the model's place; it is not timed, for the time it takes is not the target's. */
  readonly simulated?: Simulated;
  /** Answers in the model's place: what a board has computed. Not timed either. */
  readonly answers?: Runner;
  /** Only part `index` (from 0) of `of` equal parts. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** Pictures to write beside the figures; only of data whose input settings are known. */
  readonly pictures?: PicturesRequest;
}

/** A file that computes in the model's place what a target would make of it. */
export interface Simulated {
  readonly path: string;
  readonly target: string;
}

export interface EvaluateDeps {
  readonly runtime: Runtime;
  readonly context: Context;
}

/**
 * Measures a model on a dataset with the metric that fits task and data. What the runtime fuses is the figure; a model with
 * QuantizeLinear and DequantizeLinear also runs as written, with a warning where that answers differently. Throws LatheErrors `evaluate.…`
 * and `data.…`.
 */
export async function evaluateModel(request: EvaluateRequest, deps: EvaluateDeps): Promise<Evaluation> {
  return evaluationOf(await evaluatePart(request, deps));
}

/** The same before it is summed up: what shards write and `mergeParts` joins. */
export async function evaluatePart(request: EvaluateRequest, deps: EvaluateDeps): Promise<EvaluationPart> {
  const { dataset, latency, simulated, answers, shard = { index: 0, of: 1 } } = request;
  const model = await scanModel(request.model);
  const metric = chooseMetric(request);
  const view = request.decode ? viewSteps(model) : [];
  const setting: MetricSetting = {
    decode: request.decode,
    match: request.match,
    input: dataset.input,
    classes: dataset.classes,
    ...(view.length ? { view } : {}),
  };
  const modelInput = pictureInputOf(model);
  const warnings = modelInput ? settingsWarnings(dataset, modelInput, model) : [];
  const [from, to] = [shard.index, shard.index + 1].map((i) => Math.floor((i * dataset.samples.length) / shard.of)) as [number, number];
  const runners: Runners = {};
  let album: Album | undefined;
  try {
    // A simulation is exact as it is written; fusions could round once more.
    runners.fused = answers
      ? answers
      : simulated
        ? await openRunner(simulated.path, await scanModel(simulated.path), 'none', deps)
        : await openRunner(request.model, model, 'all', deps);
    if (!simulated && !answers && isQdq(model)) runners.written = await openRunner(request.model, model, 'none', deps);
    if (request.against !== undefined) runners.against = await openAgainst(request, runners.fused, deps);
    album = request.pictures && (await Album.open(simulated?.path ?? request.model, request.pictures, setting, metric.name, deps));
    const { rows, first, fed } = await measure({ metric, setting, runners, dataset, from, to, album }, deps.context);
    const timed =
      latency && first && !simulated && !answers
        ? await measureLatency({ file: { path: request.model }, model, sample: first, ...latency }, deps)
        : undefined;
    return {
      kind: 'lathe-evaluation',
      version: 1,
      model: request.model,
      against: request.against,
      metric: metric.name,
      setting,
      data: dataset.fingerprint,
      shard,
      given: to - from,
      rows,
      expectation: modelInput ? inputExpectation(model, modelInput.name) : {},
      fed,
      size: modelSize(request.model, model),
      ...(simulated ? { simulated: simulated.target } : {}),
      latency: timed,
      ...(album ? { pictures: album.files } : {}),
      threads: deps.context.threads,
      warnings,
    };
  } finally {
    await album?.dispose();
    await runners.fused?.dispose();
    await runners.written?.dispose();
    if (runners.against !== runners.fused) await runners.against?.dispose();
  }
}

interface Runners {
  fused?: Runner;
  written?: Runner;
  against?: Runner;
}

/** A model compared with itself is run once. */
const openAgainst = async ({ model, against }: EvaluateRequest, fused: Runner, deps: EvaluateDeps): Promise<Runner> =>
  against === model ? fused : openRunner(against!, await scanModel(against!), 'all', deps);

function pictureInputOf(model: Model): ModelInput | undefined {
  const [input, ...others] = model.graph.requiredInputs;
  if (!input || others.length) return undefined;
  const { type } = input;
  return {
    name: input.name,
    type: type?.kind === 'tensor' ? type.elementType : DataType.undefined,
    shape: (type?.kind === 'tensor' && type.shape) || [],
  };
}

/** The first metric that fits. Throws `evaluate.metric` saying what is missing. */
export function chooseMetric({ task, dataset, against }: Pick<EvaluateRequest, 'task' | 'dataset' | 'against'>): Metric {
  const hasLabels = dataset.samples.every(({ label }) => label !== undefined);
  const hasBoxes = dataset.samples.every(({ boxes }) => boxes !== undefined);
  const question = { task, hasLabels, hasBoxes, hasTargets: dataset.hasTargets ?? false, hasReference: against !== undefined };
  const metric = metrics.find((candidate) => candidate.fits(question));
  if (metric) return metric;
  const needs = {
    classification: 'labels, or a second model to agree with',
    detection: 'boxes',
    restoration: 'target pictures',
    none: 'labels, or a second model to agree with',
  };
  const hints = {
    classification: 'Give labels: folders or a .csv file, or --against the float model.',
    detection: 'Give labels: boxes.json and decode.',
    restoration: 'Give pairs or degrade, or --against the float model.',
    none: 'Set the task, and give labels, boxes or pairs.',
  };
  throw new LatheError('evaluate.metric', `${task === 'none' ? 'measuring' : task} needs ${needs[task]}`, {
    file: dataset.path,
    hint: hints[task],
  });
}

interface Measuring {
  readonly metric: Metric;
  readonly setting: MetricSetting;
  readonly runners: Runners;
  readonly dataset: Dataset;
  readonly from: number;
  readonly to: number;
  readonly album: Album | undefined;
}

async function measure(what: Measuring, context: Context): Promise<{ rows: EvaluatedSample[]; first?: LoadedSample; fed?: FedRange }> {
  const { metric, setting, runners, dataset, from, to, album } = what;
  const rows: EvaluatedSample[] = [];
  let fed: FedRange | undefined;
  let first: LoadedSample | undefined;
  const report = (done: number): void => context.progress.report({ phase: 'evaluate', done, total: to - from, unit: 'pictures' });
  report(0);
  for await (const sample of dataset.stream({ signal: context.signal, from, to })) {
    throwIfCancelled(context.signal);
    const fused = await runners.fused!.outputs(sample);
    if (!first) {
      first = sample;
      if (metric.name === 'top1') checkLabels(dataset, classScores(fused).length);
    }
    fed = seeInput(fed, sample);
    await album?.add(sample, fused);
    const against = runners.against === runners.fused ? fused : await runners.against?.outputs(sample);
    const row = (outputs: typeof fused): unknown => metric.row(sample, outputs, setting, against);
    rows.push({
      index: sample.index,
      ...(sample.split === undefined ? {} : { split: sample.split }),
      fused: row(fused),
      ...(runners.written && { written: row(await runners.written.outputs(sample)) }),
      ...(against && { against: row(against) }),
    });
    report(sample.index - from + 1);
  }
  report(to - from);
  return { rows, first, fed };
}
