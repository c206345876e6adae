import type { Dataset, LoadedSample } from '../data/types.ts';
import type { Interval } from '../evaluate/interval.ts';
import type { MetricSetting, Outputs } from '../evaluate/metric.ts';
import type { Task } from '../recipe/types.ts';

export interface Figure {
  /** null: nothing differs. */
  readonly value: number | null;
  readonly equal?: true;
}

/** What a figure is taken on: decides units, and which of the evaluation's metrics is meant. */
export interface Question {
  readonly task: Task;
  readonly dataset: Pick<Dataset, 'path' | 'samples' | 'hasTargets'>;
}

/** A measure with its metric settled: what turns outputs into rows and rows into a figure. */
export interface Measure<Row = unknown> {
  /** Of the evaluation's metric where it is one: `top1`; else the metric's own. */
  readonly name: string;
  readonly unit: string;
  readonly better: 'high' | 'low';
  /** Plain numbers for one picture. `reference`: what the float model gave. */
  row(sample: LoadedSample, reference: Outputs, found: Outputs, setting: MetricSetting): Row;
  /** Sums are added in the order of the rows: that of the dataset. */
  summarize(rows: readonly Row[], setting: MetricSetting): Figure;
  /** First minus second on the same pictures; only where a figure is a share or a mean over pictures. */
  difference?(
    first: readonly Row[],
    second: readonly Row[],
    setting: MetricSetting,
  ): { readonly value: number; readonly confidence: Interval };
}

/** How the effect of quantization is measured: value of `--metric`. */
export interface SensitivityMetric {
  readonly name: string;
  readonly summary: string;
  readonly source?: string;
  /** `tensors`: any layer's output will do; `outputs`: only what the network as a whole answers. */
  readonly of: 'tensors' | 'outputs';
  /** Throws `analyze.metric` where the data do not have what it needs. */
  on(question: Question): Measure;
  /** The measure of this name, for rows that were kept; undefined for a name that is none of its. */
  named(measure: string): Measure | undefined;
}

/** The parts of a metric that has one measure whatever the data. */
export const always = (measure: Measure): Pick<SensitivityMetric, 'on' | 'named'> => ({
  on: () => measure,
  named: (name) => (name === measure.name ? measure : undefined),
});
