import type { Node } from '../../onnx/graph.ts';
import { biasOf, channelLayer, otherChannel } from '../rewrites/channel-layer.ts';
import { bounded, pooled, type ChannelNormals } from './channel-normals.ts';
import { clippedMoments } from './clipped-normal.ts';
import type { OperatorContext } from './operators.ts';

/**
 * What a layer without batch normalization makes: means pass through the weights. Deviations do as something between those of independent inputs
 * and of inputs that all move together, which trained layers read: patterns of channels that their weights are aligned with. Six of the geometric mean of
 * the two hold the logits of five networks for small pictures, 1.1 to 1.6 times as wide as these; six of independence alone were 3.5 times too narrow for one. Positions of one kernel see nearly the
 * same of a picture, so the larger of the independent and the fully dependent sum over a kernel counts. Padding is left out of account.
 */
export function linearResult(node: Node, { graph, input }: OperatorContext): ChannelNormals | undefined {
  const normals = input(0);
  const layer = channelLayer(graph, node);
  if (!normals || !layer) return undefined;
  const [alpha, beta] = node.op === 'Gemm' ? [node.float('alpha', 1), node.float('beta', 1)] : [1, 1];
  const moments = (normals.length === layer.inputs ? normals : Array.from({ length: layer.inputs }, () => pooled(normals))).map(
    clippedMoments,
  );
  const means = biasOf(graph, layer).map((value) => beta * value);
  const [independent, together] = [new Float64Array(layer.outputs), new Float64Array(layer.outputs)];
  const weights = graph.constant(node.inputs[1]!)!.toFloat32();
  for (let row = 0, at = 0; row < layer.rows; row++) {
    for (let column = 0; column < layer.columns; column++) {
      const other = otherChannel(layer, row, column);
      const [output, from] = layer.rowsAre === 'outputs' ? [row, other] : [other, row];
      let [sum, squares] = [0, 0];
      for (const end = at + layer.kernel; at < end; at++) {
        sum += weights[at]!;
        squares += weights[at]! ** 2;
      }
      means[output]! += alpha * sum * moments[from]!.mean;
      const deviation = Math.abs(alpha) * Math.sqrt(Math.max(squares, sum ** 2)) * moments[from]!.deviation;
      independent[output]! += deviation ** 2;
      together[output]! += deviation;
    }
  }
  return Array.from(means, (mean, channel) =>
    bounded(mean, Math.sqrt(Math.sqrt(independent[channel]!) * together[channel]!), -Infinity, Infinity),
  );
}
