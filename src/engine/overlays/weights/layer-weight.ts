import type { Node } from '../../onnx/graph.ts';
import { isFloatType } from '../../onnx/data-type.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { carries, recordIn, weightsOf } from '../../ops/measure/weights.ts';
import type { Scope } from '../../ops/infer.ts';

/** The weights that a layer multiplies by, as the file stores them. */
export interface LayerWeight {
  readonly tensor: Tensor;
  /** Axis over output channels; undefined: none, or another than the file's where they were transposed or reshaped. */
  readonly axis: number | undefined;
  /** Stored as real numbers, not as integers that stand for them. */
  readonly float: boolean;
  /** Which integer is zero: one for all, or one for each place along `axis`. */
  readonly zeroPoints?: { readonly values: Float64Array; readonly axis: number };
  /** A convolution's or a matrix product's: what is quantized and pruned. */
  readonly computes: boolean;
}

/** Place of the weights' zero point among the operands of operators that multiply integers. */
const zeroPointOperand: Readonly<Record<string, number>> = { QLinearConv: 5, QLinearMatMul: 5, ConvInteger: 3, MatMulInteger: 3 };

/** The weights of a node of the main graph: of several the largest. Undefined where it reads none that are stored. */
export function layerWeight(scope: Scope, node: Node): LayerWeight | undefined {
  if (weightsOf(scope, node).length === 0) return undefined;
  const role = recordIn(scope, node)?.quantize;
  const found = node.inputs
    .map((value, operand) => ({ ...stored(scope, value), operand }))
    .filter((each): each is typeof each & { tensor: Tensor } => each.tensor !== undefined && each.tensor.source.kind !== 'strings')
    .reduce<(Stored & { tensor: Tensor; operand: number }) | undefined>(
      (most, each) => (!most || each.tensor.size > most.tensor.size ? each : most),
      undefined,
    );
  if (!found) return undefined;
  const { tensor, moved, operand } = found;
  const computes = (role?.kind === 'compute' && role.weight === operand) || node.op in zeroPointOperand;
  const axis =
    moved || !computes
      ? undefined
      : role?.kind === 'compute'
        ? role.channelAxis(node, tensor.dims.length)
        : node.op.includes('Conv')
          ? 0
          : undefined;
  const zeroPoints = found.zeroPoints ?? zeroPointsOf(scope, node.inputs[zeroPointOperand[node.op] ?? -1], 0);
  return { tensor, axis, computes, float: isFloatType(tensor.type) && !found.dequantized, ...(zeroPoints ? { zeroPoints } : {}) };
}

interface Stored {
  readonly tensor: Tensor | undefined;
  /** Elements are no longer where the file has them. */
  readonly moved: boolean;
  readonly dequantized: boolean;
  readonly zeroPoints?: LayerWeight['zeroPoints'];
}

/** The tensor behind a value of the main graph, through what leaves it the same weights. */
function stored(scope: Scope, value: string): Stored {
  let [name, moved, dequantized] = [value, false, false];
  let zeroPoints: LayerWeight['zeroPoints'];
  for (;;) {
    const tensor = name === '' ? undefined : scope.graph.constant(name);
    const producer = tensor ? undefined : scope.graph.producer(name);
    if (!producer || !carries(scope, producer) || producer.outputs[0] !== name) {
      return { tensor, moved, dequantized, ...(zeroPoints ? { zeroPoints } : {}) };
    }
    if (producer.op === 'DequantizeLinear') {
      dequantized = true;
      // Zero points of blocks lie along two axes: their zeros are not looked for.
      if (!moved && producer.int('block_size', 0) === 0) zeroPoints = zeroPointsOf(scope, producer.inputs[2], producer.int('axis', 1));
    } else moved ||= producer.op !== 'Identity' && producer.op !== 'Cast';
    name = producer.inputs[0] ?? '';
  }
}

function zeroPointsOf(scope: Scope, value: string | undefined, axis: number): LayerWeight['zeroPoints'] {
  const tensor = value ? scope.graph.constant(value) : undefined;
  return tensor?.isLoaded ? { values: tensor.toFloat64(), axis } : undefined;
}

/** Place along an axis of an element by its place in the tensor. */
export function placeAlong(dims: readonly number[], axis: number): (element: number) => number {
  const at = axis < 0 ? axis + dims.length : axis;
  const inner = dims.slice(at + 1).reduce((product, dim) => product * dim, 1);
  const size = dims[at] ?? 1;
  return (element) => Math.floor(element / inner) % size;
}
