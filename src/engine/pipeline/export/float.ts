import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import { writeModel } from '../../onnx/file.ts';
import type { Graph, Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { rowsOf } from '../../quantize/rows.ts';
import type { ExportFormat } from './format.ts';

export const floatFormat: ExportFormat = {
  name: 'float',
  summary:
    'an ONNX file of float operators: without QuantizeLinear and DequantizeLinear, rounded weights as the numbers they stand for; for compilers that quantize by themselves',
  fileName: (stem) => `${stem}.float.onnx`,
  async write(model, file) {
    withoutQuantizers(model);
    await writeModel(model, file, { externalData: 'never' });
    return [];
  },
};

/** Takes every QuantizeLinear and DequantizeLinear out of a model. Throws `export.float` for integers that something else makes or reads. */
export function withoutQuantizers({ graph, path }: Model): void {
  for (const node of graph.topologicalOrder()) {
    if (node.op !== 'DequantizeLinear') continue;
    const [source = ''] = node.inputs;
    const [result] = node.outputs as [string];
    const stored = graph.constant(source);
    const maker = graph.producer(source);
    if (stored) {
      graph.remove(node);
      graph.initializers.set(result, Tensor.float32(stored.dims, dequantized(graph, node, stored)));
    } else if (maker?.op === 'QuantizeLinear') bridge(graph, node, maker.inputs[0]!, result);
    else throw new LatheError('export.float', 'it reads integers that no QuantizeLinear has made', { file: path, node: node.label });
  }
  for (const node of graph.nodes) {
    if (node.op === 'QuantizeLinear' && graph.users(node.outputs[0]!).length === 0 && !graph.isOutput(node.outputs[0]!)) graph.remove(node);
  }
  graph.prune();
  for (const [name, value] of graph.valueInfo)
    if (value.type?.kind === 'tensor' && value.type.elementType !== DataType.float32) graph.valueInfo.delete(name);
}

/** Readers of a DequantizeLinear read what was rounded instead; an output of the model keeps its name. */
function bridge(graph: Graph, node: Node, value: string, result: string): void {
  graph.remove(node);
  const maker = graph.producer(value);
  if (graph.isOutput(result) && maker) {
    for (const { node: user, index } of graph.users(value)) if (index >= 0) graph.setInput(user, index, result);
    graph.setOutput(maker, maker.outputs.indexOf(value), result);
  } else for (const { node: user, index } of graph.users(result)) if (index >= 0) graph.setInput(user, index, value);
}

function dequantized(graph: Graph, node: Node, stored: Tensor): Float32Array {
  const scales = graph.constant(node.inputs[1] ?? '')?.toFloat64();
  const zeros = graph.constant(node.inputs[2] ?? '')?.toFloat64();
  if (!scales || node.int('block_size', 0) !== 0) {
    throw new LatheError('export.float', 'weights with a scale a block, or one computed at run time, are not written as numbers', {
      node: node.label,
    });
  }
  const axis = node.int('axis', 1);
  const rows = rowsOf(stored.dims, scales.length === 1 ? undefined : axis < 0 ? axis + stored.dims.length : axis);
  const codes = stored.toFloat64();
  const real = new Float32Array(codes.length);
  for (let row = 0; row < rows.channels; row++) {
    for (let i = 0; i < rows.length; i++) {
      const at = rows.offset(row, i);
      real[at] = (codes[at]! - (zeros?.[zeros.length === 1 ? 0 : row] ?? 0)) * scales[row]!;
    }
  }
  return real;
}
