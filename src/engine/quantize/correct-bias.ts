import type { Node } from '../onnx/graph.ts';
import type { Inferred } from '../ops/record.ts';
import type { LayerConstants } from './layer-weights.ts';
import { rowsOf } from './rows.ts';
import { dequantizedWeights, type QuantizedWeights } from './weights.ts';

/**
 * What rounding the weights adds to each output channel on average: sum over the channel's weights of (rounded - real) * mean input.
 * `means`: mean of each input channel. At a picture's border part of a kernel lies on zeros; with known sizes that is counted in.
 * (Nagel et al., arXiv:1906.04721, eq. 14-17, with measured means in place of batch-norm statistics.)
 */
export function biasShift(
  node: Node,
  { dims, weights, channelAxis, channels }: LayerConstants,
  rounded: QuantizedWeights,
  means: Float64Array,
  input: Inferred | undefined,
): Float64Array {
  const rows = rowsOf(dims, channelAxis);
  const convolution = node.op === 'Conv';
  const inGroup = convolution ? dims[1]! : rows.length;
  const outGroup = channels / (convolution ? node.int('group', 1) : 1);
  const positions = rows.length / inGroup;
  const coverage = convolution ? tapCoverage(node, dims.slice(2), input) : new Float64Array(1).fill(1);
  const shift = new Float64Array(channels);
  const real = dequantizedWeights(rounded, dims);
  for (let channel = 0; channel < channels; channel++) {
    const firstInput = Math.floor(channel / outGroup) * (convolution ? inGroup : 0);
    let sum = 0;
    for (let own = 0, i = 0; own < inGroup; own++) {
      const mean = means[firstInput + own]!;
      for (let position = 0; position < positions; position++, i++) {
        const at = rows.offset(channel, i);
        sum += (real[at]! - weights[at]!) * mean * coverage[position]!;
      }
    }
    shift[channel] = sum;
  }
  return shift;
}

/** For each kernel position: the share of output positions at which it lies on the input and not on padding. 1 where sizes are unknown. */
function tapCoverage(node: Node, kernel: readonly number[], input: Inferred | undefined): Float64Array {
  const rank = kernel.length;
  const ones = Array.from({ length: rank }, () => 1);
  const strides = node.ints('strides') ?? ones;
  const dilations = node.ints('dilations') ?? ones;
  const pads = node.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  const known = node.string('auto_pad', 'NOTSET') === 'NOTSET';
  const byAxis = kernel.map((size, axis) => {
    const length = input?.shape?.[axis + 2];
    if (typeof length !== 'number' || !known) return new Array<number>(size).fill(1);
    const [stride, dilation, before, after] = [strides[axis]!, dilations[axis]!, pads[axis]!, pads[axis + rank]!];
    const count = Math.floor((length + before + after - dilation * (size - 1) - 1) / stride) + 1;
    return Array.from({ length: size }, (_, tap) => {
      // Output o reads input o * stride + tap * dilation - before.
      const first = Math.max(0, Math.ceil((before - tap * dilation) / stride));
      const last = Math.min(count - 1, Math.floor((length - 1 + before - tap * dilation) / stride));
      return count > 0 ? Math.max(0, last - first + 1) / count : 1;
    });
  });
  let coverage = [1];
  for (const shares of byAxis) coverage = coverage.flatMap((left) => shares.map((share) => left * share));
  return Float64Array.from(coverage);
}

/** Channels (axis 1) of what a layer reads, from the sizes of its weights; undefined where its input is transposed. */
export function inputChannels(node: Node, { dims }: Pick<LayerConstants, 'dims'>): number | undefined {
  if (node.op === 'Conv') return dims[1]! * node.int('group', 1);
  return node.op === 'Gemm' && node.int('transA', 0) === 0 ? dims[node.int('transB', 0) ? 1 : 0] : undefined;
}
