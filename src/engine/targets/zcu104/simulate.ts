import { LatheError } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { inferShapes } from '../../ops/infer.ts';
import { exactSums } from './exact-sums.ts';
import { operandFix, readFix, resultOf, type Fix } from './fixes.ts';
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
  for (const node of graph.topologicalOrder()) {
    if (node.op === 'DequantizeLinear') dequantize(builder, node, model.path);
    else if (node.op === 'QuantizeLinear') fixOf(builder, node, model.path);
  }
  for (const node of graph.nodes) if (node.op === 'QuantizeLinear' && graph.users(node.outputs[0]!).length === 0) graph.remove(node);
  graph.sort();
  graph.prune();
  // Types of what was integer.
  graph.valueInfo.clear();
  model.metadata.set('lathe.simulation', 'zcu104');
  return { model, warnings };
}

function fixOf({ graph }: FloatBuilder, node: Node, file: string | undefined): Fix {
  const fix = readFix(graph, node);
  if (!('problem' in fix)) return fix;
  throw new LatheError('zcu104.scale', `the DPU cannot compute this: ${fix.problem}`, {
    file,
    node: node.label,
    hint: 'Quantize with --target zcu104.',
  });
}

/** A stored constant becomes its float value; a rounded activation becomes the rounding, written in float operators. */
function dequantize(builder: FloatBuilder, node: Node, file: string | undefined): void {
  const { graph } = builder;
  const { position } = fixOf(builder, node, file);
  const [source = ''] = node.inputs;
  const [result] = node.outputs as [string];
  const stored = graph.constant(source);
  if (stored) {
    const scale = 2 ** -position;
    graph.remove(node);
    graph.initializers.set(
      result,
      Tensor.float32(
        stored.dims,
        stored.toFloat64().map((code) => code * scale),
      ),
    );
    return;
  }
  const quantize = graph.producer(source);
  if (quantize?.op !== 'QuantizeLinear') {
    throw new LatheError('zcu104.scale', 'it reads integers that no QuantizeLinear has made', { file, node: node.label });
  }
  const fix = fixOf(builder, quantize, file);
  if (fix.position !== position) {
    throw new LatheError('zcu104.scale', `it has another scale than the ${JSON.stringify(quantize.label)} before it`, {
      file,
      node: node.label,
    });
  }
  graph.remove(node);
  roundHalfUp(builder, quantize.inputs[0]!, fix, result);
}

/** clip(floor(x * 2^p + 0.5)) * 2^-p without a rounding of its own: floor(v + 1/2) = ceil(floor(2 v) / 2) for every float v. */
function roundHalfUp(builder: FloatBuilder, value: string, { position, type }: Fix, result: string): void {
  const [lowest, highest] = bounds(type);
  const halves = builder.add('Floor', [builder.add('Mul', [value, builder.number(2 ** (position + 1))])]);
  const rounded = builder.add('Ceil', [builder.add('Mul', [halves, builder.number(0.5)])]);
  const clipped = builder.add('Clip', [rounded, builder.number(lowest), builder.number(highest)]);
  builder.add('Mul', [clipped, builder.number(2 ** -position)], {}, result);
}

function bounds(type: DataType): readonly [number, number] {
  switch (type) {
    case DataType.int8:
      return [-128, 127];
    case DataType.uint8:
      return [0, 255];
    case DataType.int16:
      return [-32768, 32767];
    case DataType.uint16:
      return [0, 65535];
    default:
      throw new LatheError('zcu104.scale', `integers of type ${type} are not simulated`);
  }
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
