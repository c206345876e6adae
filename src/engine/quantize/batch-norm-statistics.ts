import type { Model } from '../onnx/graph.ts';

/** Mean and standard deviation of each channel of a value, as batch normalization states them. */
export interface ChannelNormal {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** By the name of the value that a BatchNormalization makes: its beta and |gamma|. Names outlive folding. */
export type BatchNormStatistics = ReadonlyMap<string, ChannelNormal>;

/**
 * What the BatchNormalization nodes of a model say of their results: for the data they were trained on, channel c has mean beta_c
 * and standard deviation |gamma_c| (Nagel et al., arXiv:1906.04721, section 4.2.1). Call it before folding.
 */
export function batchNormStatistics({ graph }: Model): BatchNormStatistics {
  const found = new Map<string, ChannelNormal>();
  for (const node of graph.nodes) {
    if (node.op !== 'BatchNormalization') continue;
    const [gamma, beta] = [graph.constant(node.inputs[1] ?? ''), graph.constant(node.inputs[2] ?? '')];
    if (gamma && beta) found.set(node.outputs[0]!, { mean: beta.toFloat64(), deviation: gamma.toFloat64().map(Math.abs) });
  }
  return found;
}
