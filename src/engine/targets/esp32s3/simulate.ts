import { cloneModel } from '../../onnx/clone.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { exactSums } from '../zcu104/exact-sums.ts';
import { fixesAsFloat, roundHalfUp } from '../zcu104/fixes-as-float.ts';
import { operandFix, resultOf } from '../zcu104/fixes.ts';
import { FloatBuilder } from '../zcu104/float-builder.ts';
import type { Simulation } from '../zcu104/simulate.ts';
import { alignedOperators } from './alignment.ts';

/**
 * Turns a model whose QuantizeLinear and DequantizeLinear are fixes (one power of two, zero point 0) into float operators that compute what
 * esp-ppq's simulator computes of it for the ESP32-S3: rounding half up, once for a convolution with its bias and activation; operands
 * of a sum or a Concat rounded to the exponent of the result first (esp-ppq 1.3, api/setting.py: align_elementwise_to = 'Align to Output'). The
 * model given stays as it is. Throws `esp32s3.scale` for a fix that is none.
 */
export function simulateEspDl(quantized: Model): Simulation {
  const model = cloneModel(quantized);
  const { graph } = model;
  const builder = new FloatBuilder(graph);
  const warnings = graph.nodes.flatMap((node) => exactSums(graph, node));
  for (const node of graph.topologicalOrder()) if (alignedOperators.has(node.op)) alignOperands(builder, node);
  fixesAsFloat(builder, model, { target: 'esp32s3', computer: 'ESP-DL' });
  return { model, warnings };
}

function alignOperands(builder: FloatBuilder, node: Node): void {
  const { graph } = builder;
  const { fix: result } = resultOf(graph, node);
  if (!result) return;
  node.inputs.forEach((input, index) => {
    const fix = operandFix(graph, input);
    if (fix && fix.position !== result.position) graph.setInput(node, index, roundHalfUp(builder, input, result));
  });
}
