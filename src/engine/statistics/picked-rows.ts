import { DataType } from '../onnx/data-type.ts';
import type { Node } from '../onnx/graph.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import type { LayerSample, Term } from './layer-sample.ts';

/** Output rows of a convolution, and what it reads for them. */
export interface RowPicker {
  /** [N, C, H, …] and [N, M, OH, …] to [N, C, rows * kernel height, …] and [N, M, rows, …]; rows of padding are zeros. */
  pick(sample: LayerSample, index: number): { input: RuntimeTensor; target: RuntimeTensor };
}

/**
 * Picks every so many output rows, so that about `positions` positions remain: neighbours in a picture are so alike that more of them say
 * little more. The first row moves on with the picture's `index`, so that over all pictures every row is looked at. undefined where padding
 * depends on the input's size.
 */
export function rowPicker(node: Node, dims: readonly number[], positions: number): RowPicker | undefined {
  if (node.string('auto_pad', 'NOTSET') !== 'NOTSET') return undefined;
  const [taps, stride, dilation, before] = [dims[2]!, node.ints('strides')?.[0] ?? 1, node.ints('dilations')?.[0] ?? 1, node.ints('pads')?.[0] ?? 0]; // prettier-ignore
  return {
    pick: ({ input, target }, index) => {
      const { dims: shape } = target[0]!.tensor;
      const height = shape[2]!;
      const width = shape.slice(3).reduce((a, b) => a * b, 1);
      const rows = Math.max(1, Math.min(height, Math.ceil(positions / Math.max(1, width))));
      const step = Math.max(1, Math.floor(height / rows));
      const first = index % Math.max(1, height - (rows - 1) * step);
      const outputRows = Int32Array.from({ length: rows }, (_, i) => first + i * step);
      const inputRows = Int32Array.from({ length: rows * taps }, (_, i) => {
        return outputRows[Math.floor(i / taps)]! * stride + (i % taps) * dilation - before;
      });
      return {
        input: takeRows([input], inputRows),
        target: takeRows(target, outputRows),
      };
    },
  };
}

/** The sum of the terms' rows along axis 2; zeros for those outside. */
function takeRows(terms: readonly Term[], rows: Int32Array): RuntimeTensor {
  const [pictures, channels, height, ...rest] = terms[0]!.tensor.dims as [number, number, number, ...number[]];
  const width = rest.reduce((a, b) => a * b, 1);
  const taken = new Float32Array(pictures * channels * rows.length * width);
  for (const { tensor, scale, zeroPoint } of terms) {
    const values = tensor.data as Float32Array;
    let at = 0;
    for (let plane = 0; plane < pictures * channels; plane++) {
      for (const row of rows) {
        if (row >= 0 && row < height) {
          const from = (plane * height + row) * width;
          for (let i = 0; i < width; i++) taken[at + i]! += (values[from + i]! - zeroPoint) * scale;
        }
        at += width;
      }
    }
  }
  return { type: DataType.float32, dims: [pictures, channels, rows.length, ...rest], data: taken };
}
