import type { Model } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import type { ForLayer } from '../layer-settings.ts';
import type { QuantizeDependencies, QuantizeRequest } from '../types.ts';
import type { Node } from '../../onnx/graph.ts';
import type { BatchNormStatistics } from '../batch-norm-statistics.ts';

export interface RewriteRequest {
  /** Float, cleaned up; changed in place. */
  readonly model: Model;
  readonly request: QuantizeRequest;
  readonly dependencies: QuantizeDependencies;
  readonly shapes: Shapes;
  /** A layer with a `reason` must be left as it is. */
  readonly forLayer: (node: Node) => ForLayer;
  /** Of the model as it came, before batch normalization was folded. */
  readonly batchNorm: BatchNormStatistics;
}

/** A change of the float model that makes it easier to quantize. */
export interface Rewrite {
  readonly name: string;
  /** Whether the settings (or the target) ask for it. */
  wanted(request: QuantizeRequest): boolean;
  /** Returns what it did, in sentences for the report; empty when there was nothing to do. Throws LatheError, and Cancelled. */
  run(request: RewriteRequest): Promise<string[]>;
}
