import { cloneModel } from '../../onnx/clone.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import { exactSums } from './exact-sums.ts';
import { fixesAsFloat } from './fixes-as-float.ts';
import { operandFix, resultOf } from './fixes.ts';
import { FloatBuilder } from './float-builder.ts';
import { globalMean, reducedMean, windowMean } from './means.ts';

export interface Simulation {
  /** A float model of plain operators. */
  readonly model: Model;
  /** What is not exact, in sentences. */
  readonly warnings: readonly string[];
}

/** Bits that the DPU keeps below the coarser operand of an addition. */
const guardBits = 2;

/**
 * Turns a model whose QuantizeLinear and DequantizeLinear are fixes (one power of two, zero point 0) into float operators that
 * ONNX Runtime computes exactly as the vendor's cpu-runner (vart 3.5) computes the quantized xmodel: rounding half up, once for a convolution with
 * its bias and activation; operands of an Add cut to two bits below the coarser; means as sum times reciprocal. Needs sums below 2^24
 * units, or warns. The model given stays as it is. Throws `zcu104.scale` for a fix that is none and `zcu104.shape` where the size of a
 * mean's window is not known.
 */
export function simulate(quantized: Model): Simulation {
  const model = cloneModel(quantized);
  const { graph } = model;
  const shapes = inferShapes(model).forOnePicture(model);
  const builder = new FloatBuilder(graph);
  const warnings = graph.nodes.flatMap((node) => exactSums(graph, node));
  for (const node of graph.topologicalOrder()) {
    if (node.op === 'Add' || node.op === 'Sum') cutOperands(builder, node);
    else if (node.op === 'AveragePool') windowMean(builder, node, shapes);
    else if (node.op === 'GlobalAveragePool') globalMean(builder, node, shapes);
    else if (node.op === 'ReduceMean') reducedMean(builder, node, shapes);
    else if (node.op === 'HardSigmoid') hardSigmoid(builder, node);
  }
  fixesAsFloat(builder, model, { target: 'zcu104', computer: 'the DPU' });
  return { model, warnings };
}

/** Operands of an Add that is rounded behind it lose what lies more than two bits below the coarsest of them. */
function cutOperands(builder: FloatBuilder, node: Node): void {
  const { graph } = builder;
  const fixes = node.inputs.map((input) => operandFix(graph, input));
  const { between, fix: result } = resultOf(graph, node);
  if (!result || fixes.some((fix) => !fix) || between.some(({ op }) => op !== 'Relu') || between.length > 1) return;
  const kept = Math.min(...fixes.map((fix) => fix!.position)) + guardBits;
  node.inputs.forEach((input, index) => {
    if (fixes[index]!.position <= kept) return;
    const scaled = builder.add('Mul', [input, builder.number(2 ** kept)]);
    const cut = builder.add('Mul', [builder.add('Floor', [scaled]), builder.number(2 ** -kept)]);
    graph.setInput(node, index, cut);
  });
}

/** clip(x + 3, 0, 6) / 6, divided in double as the vendor does. Other slopes stay what ONNX says. */
function hardSigmoid(builder: FloatBuilder, node: Node): void {
  if (node.float('alpha', 0.2) !== Math.fround(1 / 6) || node.float('beta', 0.5) !== 0.5) return;
  const [value] = node.inputs as [string];
  const [result] = node.outputs as [string];
  builder.graph.remove(node);
  const shifted = builder.add('Add', [value, builder.number(3)]);
  const clipped = builder.add('Clip', [shifted, builder.number(0), builder.number(6)]);
  const wide = builder.add('Cast', [clipped], { to: DataType.float64 });
  const share = builder.add('Div', [wide, builder.double(6)]);
  builder.add('Cast', [share], { to: DataType.float32 }, result);
}
