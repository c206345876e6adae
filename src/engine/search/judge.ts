import type { Context } from '../base/context.ts';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import type { DataSource } from '../data/source.ts';
import type { Dataset, LoadedSample } from '../data/types.ts';
import { viewSteps } from '../evaluate/decode/view.ts';
import { chooseMetric } from '../evaluate/evaluate.ts';
import type { Metric, MetricSetting, Outputs } from '../evaluate/metric.ts';
import { numbersOf } from '../evaluate/outputs.ts';
import { openRunner, type Runner } from '../evaluate/sessions.ts';
import { encodeModel } from '../onnx/codec.ts';
import type { Model } from '../onnx/graph.ts';
import type { Task } from '../recipe/types.ts';
import type { Runtime, RuntimeTensor } from '../runtime/runtime.ts';

/** What a changed model is worth on validation pictures. Plain data. */
export interface Score {
  /** Name of the metric; `none` where the data fit no metric. */
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  /** Against the float model on the same pictures, in the metric's unit; positive is worse. */
  readonly loss: number;
  /** 95 %, of the paired loss. */
  readonly confidence: readonly [number, number];
  /** Squared error over squared value of the outputs, mean over outputs: tells apart what the metric can't. */
  readonly noise: number;
  readonly samples: number;
}

/** Sees each picture with what the float model and the changed one answer, and the metric's row of it, where there is a metric. */
export type PictureWatch = (sample: LoadedSample, wanted: Outputs, found: Outputs, row: unknown) => void | Promise<void>;

export interface JudgeRequest {
  /** The float model; not changed. */
  readonly model: Model;
  /** Validation pictures, never those of `test`. */
  readonly dataset: Dataset;
  readonly task: Task;
  readonly decode?: DataSource['decode'];
  readonly match?: DataSource['match'];
  /** The float model looks at the picture before it was degraded, where there is one: what the changed one should answer all the same. */
  readonly seesClean?: boolean;
}

export interface JudgeDependencies {
  readonly runtime: Runtime;
  readonly context: Context;
}

/** Decoded pictures and float outputs are kept up to this size, so that the next trial finds them; beyond it they are made again. */
const mostKeptBytes = 128 * 2 ** 20;

/**
 * Compares changed models with the float model on the same pictures. Models run as written, in float, so that what is chosen does not
 * depend on the kernels of the machine. Memory: `mostKeptBytes`, the metric's rows, and one picture.
 */
export class Judge {
  readonly #kept: { sample: LoadedSample; outputs: Outputs }[] = [];
  #rows: unknown[] | undefined;

  private constructor(
    readonly metric: Metric | undefined,
    private readonly request: JudgeRequest,
    readonly setting: MetricSetting,
    private readonly float: Runner,
    private readonly deps: JudgeDependencies,
  ) {}

  /** `metric: 'needed'` throws `evaluate.metric` where the data fit none; else models are told apart by their outputs alone. */
  static async open(request: JudgeRequest, deps: JudgeDependencies, metric: 'needed' | 'optional'): Promise<Judge> {
    const { model, dataset, decode, match } = request;
    const found = metricFor(request, metric);
    const view = decode ? viewSteps(model) : [];
    const setting: MetricSetting = { decode, match, input: dataset.input, classes: dataset.classes, ...(view.length ? { view } : {}) };
    const float = await openRunner(encodeModel(model), model, 'all', deps);
    return new Judge(found, request, setting, float, deps);
  }

  dispose(): Promise<void> {
    return this.float.dispose();
  }

  /** On the first `pictures` of the data; all by default. Throws `runtime.*`, `data.*`, `evaluate.*`, and Cancelled. */
  async measure(model: Model, pictures = Infinity, context: Context = this.deps.context, watch?: PictureWatch): Promise<Score> {
    const { dataset } = this.request;
    const total = Math.min(pictures, dataset.samples.length);
    const runner = await openRunner(encodeModel(model), model, 'none', { ...this.deps, context });
    const noise = new OutputNoise();
    const [rows, reference]: unknown[][] = [[], []];
    try {
      for await (const { sample, outputs } of this.#pictures(total, context)) {
        throwIfCancelled(context.signal);
        const changed = await runner.outputs(sample);
        noise.add(outputs, changed);
        if (this.metric) {
          rows!.push(this.metric.row(sample, changed, this.setting, outputs));
          reference!.push(this.#rows?.[reference!.length] ?? this.metric.row(sample, outputs, this.setting, outputs));
        }
        await watch?.(sample, outputs, changed, rows!.at(-1));
        context.progress.report({ phase: 'validate', done: sample.index + 1, total, unit: 'pictures' });
      }
    } finally {
      await runner.dispose();
    }
    if (noise.samples === 0) throw new LatheError('data.empty', 'there are no pictures to choose on', { file: dataset.path });
    if (!this.#rows && total === dataset.samples.length) this.#rows = reference;
    return this.#score(rows!, reference!, noise);
  }

  #score(rows: readonly unknown[], reference: readonly unknown[], noise: OutputNoise): Score {
    const { samples } = noise;
    if (!this.metric) return { metric: 'none', unit: '', value: NaN, loss: NaN, confidence: [NaN, NaN], noise: noise.value, samples };
    const { value } = this.metric.summarize(rows, this.setting);
    const { value: gain, confidence } = this.metric.difference(rows, reference, this.setting);
    const worse = this.metric.better === 'high' ? -1 : 1;
    const [a, b] = [worse * confidence[0], worse * confidence[1]];
    return {
      metric: this.metric.name,
      unit: this.metric.unit,
      value,
      // Not -0.
      loss: worse * gain + 0,
      confidence: [Math.min(a, b), Math.max(a, b)],
      noise: noise.value,
      samples,
    };
  }

  /** The first pictures with what the float model answers: from memory as far as they are kept. */
  async *#pictures(total: number, context: Context): AsyncGenerator<{ sample: LoadedSample; outputs: Outputs }> {
    for (const kept of this.#kept) if (kept.sample.index < total) yield kept;
    const from = (this.#kept.at(-1)?.sample.index ?? -1) + 1;
    if (from >= total) return;
    let keeping = true;
    let bytes = this.#kept.reduce((sum, { sample, outputs }) => sum + bytesOf(sample, outputs), 0);
    for await (const sample of this.request.dataset.stream({ signal: context.signal, from, to: total })) {
      const { target } = sample;
      const outputs = await this.float.outputs(this.request.seesClean && target ? { ...sample, input: target } : sample);
      bytes += bytesOf(sample, outputs);
      keeping &&= bytes <= mostKeptBytes;
      if (keeping) this.#kept.push({ sample, outputs });
      yield { sample, outputs };
    }
  }
}

function metricFor({ task, dataset }: JudgeRequest, wanted: 'needed' | 'optional'): Metric | undefined {
  try {
    return chooseMetric({ task, dataset, against: 'the float model' });
  } catch (error) {
    if (wanted === 'optional' && error instanceof LatheError && error.code === 'evaluate.metric') return undefined;
    throw error;
  }
}

const bytesOf = (sample: LoadedSample, outputs: Outputs): number =>
  [sample.input, ...(sample.target ? [sample.target] : []), ...Object.values(outputs)].reduce(
    (sum, tensor) => sum + tensorBytes(tensor),
    0,
  );

const tensorBytes = ({ data }: RuntimeTensor): number => (ArrayBuffer.isView(data) ? data.byteLength : 64 * data.length);

/** Sums over pictures of squared errors and squared values, output by output. */
class OutputNoise {
  samples = 0;
  readonly #sums = new Map<string, { noise: number; signal: number }>();

  add(wanted: Outputs, found: Outputs): void {
    this.samples++;
    for (const [name, tensor] of Object.entries(wanted)) {
      const other = found[name];
      if (!other || !ArrayBuffer.isView(tensor.data)) continue;
      const [a, b] = [numbersOf(tensor), numbersOf(other)];
      const sums = this.#sums.get(name) ?? { noise: 0, signal: 0 };
      this.#sums.set(name, sums);
      for (let i = 0; i < a.length; i++) {
        if (!Number.isFinite(a[i])) continue;
        sums.noise += (a[i]! - (b[i] ?? NaN)) ** 2;
        sums.signal += a[i]! ** 2;
      }
    }
  }

  /** Infinity where the changed model answers NaN, or anything but zero where zero was right. */
  get value(): number {
    const shares = [...this.#sums.values()].map(({ noise, signal }) => (noise === 0 ? 0 : noise / signal));
    const mean = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
    return Number.isNaN(mean) ? Infinity : mean;
  }
}
