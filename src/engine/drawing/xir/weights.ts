import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import { loadTensor } from '../../onnx/scan.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { XirOp } from '../../xir/graph.ts';
import { product } from '../../xir/stored.ts';
import type { StoredWeights } from '../weights/stored.ts';
import { operandList } from './operands.ts';
import type { XirDrawing } from './draw.ts';

/** Kernels are put in another order to be drawn: only of tensors that take no time. */
const largestMoved = 16 * 2 ** 20;

/** Axis of output channels by operator: weights are [out, h, w, in / group], depthwise ones [multiplier, h, w, channels]. */
function channelAxis({ type }: XirOp, rank: number): number {
  if (type.startsWith('depthwise') || type.startsWith('transposed-depthwise')) return rank - 1;
  return type === 'matmul' ? Math.max(0, rank - 2) : 0;
}

/** The float32 numbers that an input of a layer was stored as; undefined for what is computed, or lies in the hardware's layout. */
export function storedNumbers(drawing: Pick<XirDrawing, 'stored'>, op: XirOp, input: number, path?: string): StoredWeights | undefined {
  const { constant } = drawing.stored.get(operandList(op)[input]?.name ?? '') ?? {};
  const data = constant?.attributes.get('data');
  if (!constant || data?.kind !== 'bytes' || data.value.length === 0) return undefined;
  const { shape } = constant.tensor;
  if (data.value.length !== 4 * product(shape) || product(shape) < 2) return undefined;
  const { value } = data;
  const source =
    value instanceof Uint8Array
      ? ({ kind: 'bytes', bytes: value } as const)
      : ({ kind: 'file', path: path ?? '', offset: value.offset, length: value.length, external: false } as const);
  return { tensor: new Tensor(DataType.float32, shape, source), axis: shape.length > 1 ? channelAxis(op, shape.length) : 0 };
}

/** As `storedNumbers`. Throws `weights.none` where there is nothing to look at. */
export function requireNumbers(drawing: Pick<XirDrawing, 'stored' | 'layers'>, node: number, input: number, path?: string): StoredWeights {
  const op = drawing.layers[node];
  const found = op && storedNumbers(drawing, op, input, path);
  if (found) return found;
  throw new LatheError('weights.none', `input ${input} has no stored numbers to look at`, op ? { node: op.name.slice(0, 200) } : {});
}

/** Kernels as pictures: [out, in, height, width], as they are drawn. Others stay as they are. */
export async function kernelsOf(weights: StoredWeights): Promise<StoredWeights> {
  const { dims, byteLength } = weights.tensor;
  if (dims.length !== 4 || byteLength > largestMoved) return weights;
  const depthwise = weights.axis === 3;
  const values = (await loadTensor(weights.tensor)).toFloat32();
  const [first, height, width, last] = dims as [number, number, number, number];
  const [rows, cells] = depthwise ? [last, first] : [first, last];
  const moved = new Float32Array(values.length);
  for (let row = 0, at = 0; row < rows; row++)
    for (let cell = 0; cell < cells; cell++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const [a, d] = depthwise ? [cell, row] : [row, cell];
          moved[at++] = values[((a * height + y) * width + x) * last + d]!;
        }
  return { tensor: Tensor.float32([rows, cells, height, width], moved), axis: 0 };
}
