import type { Node } from '../../../../onnx/graph.ts';
import type { Stored, Writing } from '../export.ts';
import { sameSequence } from '../layout.ts';
import type { OperatorWriter } from './index.ts';
import { mapBefore } from './move.ts';

/**
 * Gemm, or MatMul with stored weights: `matmul` with weights [out, in], as vai_q_pytorch writes a linear layer. Behind a Flatten of a feature map the weights'
 * inputs are put into the order of the map in XIR, so that nothing has to move at run time.
 */
export const matrixProduct: OperatorWriter = (writing, node) => {
  const [x = '', w = '', bias] = node.inputs;
  const dims = writing.dims(x);
  const gemm = node.op === 'Gemm';
  if (gemm && node.int('transA', 0))
    writing.refuse(node, 'it transposes its first operand, which XIR has no form for', 'Run clean-up on the model first.');
  const stored = writing.stored(w) ?? writing.refuse(node, 'both operands are computed, and the DPU takes stored weights');
  const weights = times(writing, node, stored, gemm ? node.float('alpha', 1) : 1);
  if (weights.dims.length !== 2 || dims.length === 4)
    writing.refuse(node, `a product of ${dims.length} and ${weights.dims.length} axes has no form for the DPU`);
  const transposed = gemm && node.int('transB', 0) !== 0;
  const [outputs, inputs] = (transposed ? weights.dims : [...weights.dims].reverse()) as [number, number];
  const map = mapBefore(writing, x);
  const reordered = map && !sameSequence(map) ? map.slice(1) : undefined;
  const source = { ...weights, dims: transposed ? [outputs, ...(reordered ?? [inputs])] : [...(reordered ?? [inputs]), outputs] };
  // Where a map was flattened its axes C, H, W become H, W, C.
  const axes = reordered ? [1, 2, 0] : [0];
  const order = transposed ? [0, ...axes.map((axis) => axis + 1)] : [axes.length, ...axes];
  const leading = Array<number>(Math.max(0, dims.length - 2)).fill(1);
  const arranged = writing.arranged(source, order, [...leading, outputs, inputs]);
  const operands = { input: [writing.op(x), writing.parameter(w, arranged)], bias: bias ? [biasOf(writing, node, bias)] : [] };
  writing.made(
    node,
    writing.builder.op('matmul', node.label, operands, writing.dims(node.outputs[0]!), { transpose_a: false, transpose_b: true }),
  );
};

/** A factor of Gemm goes into what is stored, where that is not rounded: another position would be another rounding. */
function times(writing: Writing, node: Node, stored: Stored, factor: number): Stored {
  if (factor === 1) return stored;
  if (stored.position !== undefined)
    writing.refuse(node, `it multiplies rounded weights by ${factor}, which XIR has no form for`, 'Run clean-up on the model first.');
  return { ...stored, values: stored.values.map((value) => value * factor) };
}

function biasOf(writing: Writing, node: Node, bias: string): string {
  const beta = node.op === 'Gemm' ? node.float('beta', 1) : 1;
  const stored = beta === 1 ? undefined : writing.stored(bias);
  return stored ? writing.parameter(bias, times(writing, node, stored, beta)) : writing.op(bias);
}
