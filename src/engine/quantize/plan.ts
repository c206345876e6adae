import type { Model, Node } from '../onnx/graph.ts';
import type { Shapes } from '../ops/infer.ts';
import type { Statistic } from '../statistics/statistic.ts';
import type { ActivationFormat } from './activation-format.ts';
import type { Placement } from './placement.ts';
import type { Positions } from './power-of-two/position.ts';
import type { Scheme } from './scheme.ts';
import type { QuantizeDependencies, QuantizeRequest } from './types.ts';

/**
 * All that static quantization decides before weights are rounded. The model is still float: cleaned up, rewritten
 * (rewrites/index.ts), and of the same nodes that `placement` speaks of.
 */
export interface StaticPlan {
  readonly model: Model;
  readonly request: QuantizeRequest;
  readonly dependencies: QuantizeDependencies;
  readonly shapes: Shapes;
  readonly placement: Placement;
  /** What calibration saw of each placed value; empty where no value is quantized. */
  readonly statistics: ReadonlyMap<string, Statistic>;
  /** Mean of each channel (axis 1) of what layers with a corrected bias read, by value. */
  readonly means: ReadonlyMap<string, Float64Array>;
  /** Widths and types, by value. */
  readonly formats: ReadonlyMap<string, ActivationFormat>;
  /** Formats with their scales and zero points, by value. */
  readonly schemes: ReadonlyMap<string, Scheme>;
  /** With power-of-two scales on a board: positions that a layer's weights may have, by node. Empty elsewhere: any. */
  readonly weightPositions: ReadonlyMap<Node, Positions>;
  /** What was done beyond the obvious, in sentences. */
  readonly notes: readonly string[];
}
