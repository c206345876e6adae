import type { Measurement } from '../../protocol/results/common.ts';
import type { EvaluateDocument } from '../../protocol/results/evaluate.ts';
import { parseExact, toExactJson } from '../base/json.ts';
import { LatheError } from '../base/errors.ts';
import { metrics } from './index.ts';
import { joinRanges, rangeWarnings, type FedRange, type InputExpectation } from './input-check.ts';
import type { Latency } from './latency.ts';
import type { ModelSize } from './size.ts';
import type { Metric, MetricSetting } from './metric.ts';

/** What an evaluation found, sample by sample: of all samples or of one shard. JSON keeps it exactly. */
export interface EvaluationPart {
  readonly kind: 'lathe-evaluation';
  readonly version: 1;
  readonly model: string;
  readonly against?: string;
  readonly metric: string;
  readonly setting: MetricSetting;
  /** Fingerprint of the dataset. */
  readonly data: string;
  readonly shard: { readonly index: number; readonly of: number };
  /** Samples this part was given, corrupt ones included. */
  readonly given: number;
  readonly rows: readonly EvaluatedSample[];
  readonly expectation: InputExpectation;
  readonly fed?: FedRange;
  readonly size: ModelSize;
  readonly latency?: Latency;
  /** The target whose arithmetic was simulated. */
  readonly simulated?: string;
  /** Picture files written. */
  readonly pictures?: number;
  readonly threads: number;
  readonly warnings: readonly string[];
}

/** Rows of the metric for one sample: the model as the runtime fuses it, as it is written, and the model compared with. */
export interface EvaluatedSample {
  readonly index: number;
  readonly split?: string;
  readonly fused: unknown;
  readonly written?: unknown;
  readonly against?: unknown;
}

/** An evaluation as a document, with the direction of its metric and the size of the model. */
export type Evaluation = EvaluateDocument & { readonly better: 'high' | 'low'; readonly size: ModelSize };

export const writePart = (part: EvaluationPart): string => toExactJson(part);

/** Throws `evaluate.part` for anything that is no part of an evaluation. */
export function readPart(text: string, file: string): EvaluationPart {
  const refuse = (): LatheError =>
    new LatheError('evaluate.part', 'this is no part of an evaluation', { file, hint: 'Parts are written by lathe evaluate --shard i/n.' });
  let part: Partial<EvaluationPart> | null;
  try {
    part = parseExact(text) as Partial<EvaluationPart> | null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw refuse();
    throw thrown;
  }
  if (
    part?.kind !== 'lathe-evaluation' ||
    part.version !== 1 ||
    !Array.isArray(part.rows) ||
    !part.shard ||
    !metrics.some(({ name }) => name === part.metric)
  ) {
    throw refuse();
  }
  return part as EvaluationPart;
}

/** Puts the shards of one evaluation together; the result is that of an undivided one. Throws `evaluate.merge`. */
export function mergeParts(parts: readonly EvaluationPart[]): EvaluationPart {
  const fail = (message: string): LatheError =>
    new LatheError('evaluate.merge', message, { hint: 'Give all parts of one evaluation, each once.' });
  const [first] = parts;
  if (!first) throw fail('there are no parts');
  for (const part of parts) {
    for (const key of ['model', 'against', 'metric', 'data', 'simulated'] as const) {
      if (part[key] !== first[key]) throw fail(`the parts are of different evaluations: ${key} is ${part[key]} and ${first[key]}`);
    }
  }
  const indices = parts.map(({ shard }) => shard.index).sort((a, b) => a - b);
  const { of } = first.shard;
  if (parts.some(({ shard }) => shard.of !== of) || indices.length !== of || indices.some((index, i) => index !== i)) {
    throw fail(`of ${of} parts there are ${indices.map((index) => index + 1).join(', ')}`);
  }
  return {
    ...first,
    shard: { index: 0, of: 1 },
    given: parts.reduce((sum, part) => sum + part.given, 0),
    ...(parts.some(({ pictures }) => pictures !== undefined)
      ? { pictures: parts.reduce((sum, { pictures = 0 }) => sum + pictures, 0) }
      : {}),
    rows: parts.flatMap((part) => part.rows).sort((a, b) => a.index - b.index),
    fed: joinRanges(parts.map((part) => part.fed)),
    warnings: [...new Set(parts.flatMap((part) => part.warnings))],
  };
}

/** The figures of a whole evaluation. Throws `evaluate.empty` when no sample is left. */
export function evaluationOf(part: EvaluationPart): Evaluation {
  const metric = metrics.find(({ name }) => name === part.metric)!;
  const { rows, setting } = part;
  if (rows.length === 0) throw new LatheError('evaluate.empty', 'there are no pictures to measure on');
  const fused = rows.map((row) => row.fused);
  const { value, confidence, extra } = metric.summarize(fused, setting);
  const written = rows[0]!.written === undefined ? undefined : rows.map((row) => row.written);
  const asWritten = written && metric.summarize(written, setting).value;
  const differs = asWritten !== undefined && asWritten !== value;
  const skipped = part.given - rows.length;
  return {
    model: part.model,
    metric: metric.name,
    unit: metric.unit,
    better: metric.better,
    value,
    samples: rows.length,
    confidence,
    ...(skipped ? { skipped } : {}),
    ...boxesOf(extra),
    ...splitsOf(part, metric),
    ...(differs ? { asWritten: { value: asWritten } } : {}),
    ...(part.simulated === undefined ? {} : { simulated: part.simulated }),
    ...differenceOf(part, metric),
    ...(part.latency ? { latencyMs: { median: part.latency.median, p90: part.latency.p90 } } : {}),
    size: part.size,
    threads: part.threads,
    ...(part.pictures === undefined ? {} : { pictures: part.pictures }),
    extra: { ...extra, ...(part.latency ? { latencyRuns: part.latency.runs, latencyWarmUp: part.latency.warmUp } : {}) },
    warnings: [
      ...part.warnings,
      ...rangeWarnings(part.expectation, part.fed),
      ...(written ? fusionWarning(metric, fused, written, setting) : []),
    ],
  };
}

/** Counts of a detector, where the metric gives them. */
function boxesOf({ found, false: wrong, total }: Record<string, unknown>): Pick<Measurement, 'boxes'> {
  const isCount = typeof found === 'number' && typeof wrong === 'number' && typeof total === 'number';
  return isCount ? { boxes: { found, false: wrong, total } } : {};
}

/** More are no splits that anyone would read. */
const mostSplits = 16;

function splitsOf({ rows, setting }: EvaluationPart, metric: Metric): Pick<Measurement, 'splits'> {
  const names = [...new Set(rows.map(({ split }) => split))];
  if (names.length < 2 || names.length > mostSplits) return {};
  const splits = names.flatMap((split) => {
    if (split === undefined) return [];
    const own = rows.filter((row) => row.split === split).map((row) => row.fused);
    const { value, confidence, extra } = metric.summarize(own, setting);
    return [{ split, value, samples: own.length, confidence: [confidence[0], confidence[1]] as [number, number], ...boxesOf(extra) }];
  });
  return { splits };
}

function differenceOf({ rows, against, setting }: EvaluationPart, metric: Metric): Pick<EvaluateDocument, 'difference'> {
  if (against === undefined || rows[0]!.against === undefined) return {};
  const difference = metric.difference(
    rows.map((row) => row.fused),
    rows.map((row) => row.against),
    setting,
  );
  return { difference: { model: against, value: difference.value, confidence: difference.confidence } };
}

/** Fused and as written differ for sure (the interval of their paired difference leaves out zero), or by a figure that matters anyway. */
function fusionWarning(metric: Metric, fused: readonly unknown[], written: readonly unknown[], setting: MetricSetting): string[] {
  const { value, confidence } = metric.difference(fused, written, setting);
  const certain = confidence[0] > 0 || confidence[1] < 0;
  if (value === 0 || !(certain || Math.abs(value) >= metric.matters)) return [];
  const places = metric.unit === 'dB' ? 2 : 1;
  const [a, b] = [fused, written].map((rows) => metric.summarize(rows, setting).value.toFixed(places));
  return [
    `the fused integer kernels of this machine give ${a} ${metric.unit}, the file as written ${b} ${metric.unit}: on this kind of CPU sums of 8-bit products may saturate; CPUs differ in this`,
  ];
}

/** The short form that a run keeps. */
export function measurementOf(evaluation: Evaluation): Measurement {
  const { metric, unit, better, value, samples, confidence, asWritten, simulated, boxes, splits, extra } = evaluation;
  return {
    metric,
    unit,
    better,
    value,
    samples,
    confidence,
    ...(asWritten ? { asWritten } : {}),
    ...(simulated === undefined ? {} : { simulated }),
    ...(boxes ? { boxes } : {}),
    ...(splits ? { splits } : {}),
    ...(Object.keys(extra).length ? { extra } : {}),
  };
}
