import type { DataSource } from '../data/source.ts';
import type { InputSettings, LoadedSample } from '../data/types.ts';
import type { Task } from '../recipe/types.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import type { ViewStep } from './decode/view.ts';
import type { Interval } from './interval.ts';

/** What the model gave for one sample, batch dimension included. */
export type Outputs = Readonly<Record<string, RuntimeTensor>>;

/** What metrics need to know beside a sample and its outputs. */
export interface MetricSetting {
  readonly decode?: DataSource['decode'];
  readonly match?: DataSource['match'];
  /** How the pictures were fed. */
  readonly input?: InputSettings;
  readonly classes?: readonly string[];
  /** Between the picture that is fed and what a chain's last model sees. */
  readonly view?: readonly ViewStep[];
}

export interface Estimate {
  readonly value: number;
  /** 95 %. */
  readonly confidence: Interval;
}

/** A metric keeps one row a sample, so that parts of a dataset merge exactly and two models are compared sample by sample. */
export interface Metric<Row = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly unit: '%' | 'dB';
  readonly better: 'high' | 'low';
  /** From this difference on two figures are told apart in a warning, even where chance could be the reason. */
  readonly matters: number;
  /** Whether this metric is the one for the task and what is known of the samples. The first of the list that says yes is used. */
  fits(question: MetricQuestion): boolean;
  /** Plain numbers. `reference`: outputs of the model compared with. Throws LatheError where outputs are not what the metric reads. */
  row(sample: LoadedSample, outputs: Outputs, setting: MetricSetting, reference: Outputs | undefined): Row;
  summarize(rows: readonly Row[], setting: MetricSetting): Estimate & { readonly extra: Record<string, unknown> };
  /** First minus second, on the same samples in the same order. */
  difference(first: readonly Row[], second: readonly Row[], setting: MetricSetting): Estimate;
}

export interface MetricQuestion {
  readonly task: Task;
  readonly hasLabels: boolean;
  readonly hasBoxes: boolean;
  readonly hasTargets: boolean;
  readonly hasReference: boolean;
}
