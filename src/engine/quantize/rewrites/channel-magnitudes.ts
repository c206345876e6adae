import type { Graph } from '../../onnx/graph.ts';
import { kernelMagnitudes, otherChannel, type ChannelLayer } from './channel-layer.ts';

/** Largest weight of each output channel. */
export function outputMagnitudes(graph: Graph, layer: ChannelLayer): Float64Array {
  return largestBy(graph, layer, 'outputs', 1);
}

/** Largest weight that multiplies each input channel, which stands for `block` neighbouring inputs of the layer. */
export function inputMagnitudes(graph: Graph, layer: ChannelLayer, block: number): Float64Array {
  return largestBy(graph, layer, 'inputs', block);
}

function largestBy(graph: Graph, layer: ChannelLayer, side: ChannelLayer['rowsAre'], block: number): Float64Array {
  const magnitudes = kernelMagnitudes(graph, layer);
  const sizes = new Float64Array(layer[side] / block);
  for (let row = 0, at = 0; row < layer.rows; row++) {
    for (let column = 0; column < layer.columns; column++, at++) {
      const channel = Math.floor((layer.rowsAre === side ? row : otherChannel(layer, row, column)) / block);
      sizes[channel] = Math.max(sizes[channel]!, magnitudes[at]!);
    }
  }
  return sizes;
}

/** The middle of the numbers; 0 of none. */
export function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
