import type { MetricSetting, Outputs } from '../evaluate/metric.ts';
import type { LoadedSample } from '../data/types.ts';
import type { Node } from '../onnx/graph.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import type { LayerVariant } from '../quantize/variant.ts';
import type { Cuts } from './cuts.ts';
import type { PlanLayer } from './layers.ts';
import type { Measure } from './metric.ts';
import type { Rows } from './rows.ts';
import type { AnalyzeDependencies } from './types.ts';

/** All that a method needs to measure layers on pictures. */
export interface MethodJob {
  readonly plan: StaticPlan;
  /** Of the plan's model. */
  readonly cuts: Cuts;
  readonly layers: readonly PlanLayer[];
  /** Each of the widths asked for: what every layer of the plan is there. */
  readonly variants: readonly ReadonlyMap<Node, LayerVariant>[];
  readonly measure: Measure;
  readonly setting: MetricSetting;
  readonly deps: AnalyzeDependencies;
  /** Pictures that fit into memory together, chunk by chunk. */
  readonly chunks: AsyncIterable<readonly LoadedSample[]>;
  /** Where figures go. */
  readonly rows: Rows;
  /** Told of each run, and the place in `cuts` that it began at. */
  readonly ran: (place: number) => void;
}

/** One way to look at what quantization does to single layers: value of `--method`. */
export interface Method {
  readonly name: string;
  readonly summary: string;
  readonly source?: string;
  /** What it measures on: each layer's own output, or the answers of the network. */
  readonly at: 'layer' | 'network';
  /** What the layers' figures are to be compared with; `undefined`: nothing. */
  readonly baseline: 'float' | 'quantized' | undefined;
  /** The layer with the best figure is the one that costs most: it alone is not quantized. */
  readonly inverted?: true;
  /** Runs of the model for one picture, as places that they begin at. */
  runs(layers: readonly number[], widths: number): number[];
  run(job: MethodJob): Promise<void>;
}

/** A row for one picture. */
export const rowOf = ({ measure, setting }: MethodJob, sample: LoadedSample, reference: Outputs, found: Outputs): unknown =>
  measure.row(sample, reference, found, setting);
