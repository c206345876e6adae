import { cutGraph } from '../../../onnx/cut.ts';
import { DataType } from '../../../onnx/data-type.ts';
import { attributes, type Graph, type Model, Node, type ValueInfo } from '../../../onnx/graph.ts';
import { gradientDomain } from '../../../ops/gradient/rule.ts';
import { upgradeOpset } from '../../../simplify/upgrade-opset.ts';

/** Opset that the rules of gradients are written for. */
const trainingOpset = 21;

/** A quantizer of the block that became a node with a gradient. */
export interface FakeQuantizer {
  /** The constant that holds its scale. */
  readonly scale: string;
}

export interface BlockModel {
  readonly model: Model;
  readonly quantizers: readonly FakeQuantizer[];
}

/**
 * The part of a quantized model between some values as a model that can be trained: float32 inputs of the given shapes, and each QuantizeLinear
 * with the DequantizeLinear behind it one node that has a gradient. Constants keep their names. Throws `graph.*`, `opset.*`.
 */
export function blockModel(quantized: Model, inputs: ReadonlyMap<string, readonly number[]>, outputs: readonly string[]): BlockModel {
  const given = [...inputs].map(([name, shape]): ValueInfo => ({ name, type: { kind: 'tensor', elementType: DataType.float32, shape } }));
  const model = cutGraph(quantized, given, outputs);
  const { graph } = model;
  graph.inputs = graph.inputs.filter(({ name }) => graph.users(name).length > 0);
  upgradeOpset(model, trainingOpset);
  graph.valueInfo.clear();
  const quantizers = graph.nodes.filter(({ op }) => op === 'DequantizeLinear').flatMap((node) => fakeQuantizer(graph, node) ?? []);
  graph.prune();
  model.opsets.set(gradientDomain, 1);
  return { model, quantizers };
}

/** Replaces QuantizeLinear, a Clip on its codes if there is one, and DequantizeLinear; undefined where the scheme is not of a whole tensor. */
function fakeQuantizer(graph: Graph, dequantize: Node): FakeQuantizer | undefined {
  const [codes, scale, zeroName = ''] = dequantize.inputs as [string, string, string?];
  const before = graph.producer(codes);
  const clip = before?.op === 'Clip' ? before : undefined;
  const quantize = clip ? graph.producer(clip.inputs[0]!) : before;
  const zero = graph.constant(zeroName);
  if (quantize?.op !== 'QuantizeLinear' || graph.constant(scale)?.size !== 1 || zero?.size !== 1) return undefined;
  const ends = codeRange(zero.type);
  const bound = (index: number, otherwise: number): number => graph.constant(clip?.inputs[index] ?? '')?.toFloat64()[0] ?? otherwise;
  if (!ends) return undefined;
  const [middle] = zero.toFloat64() as unknown as [number];
  const range = { low: bound(1, ends[0]) - middle, high: bound(2, ends[1]) - middle, axis: -1 };
  const [output] = dequantize.outputs as [string];
  graph.remove(dequantize);
  graph.add(new Node(`${output}_fake`, 'FakeQuantize', [quantize.inputs[0]!, scale], [output], attributes(range), gradientDomain), {
    after: quantize,
  });
  return { scale };
}

function codeRange(type: DataType): readonly [number, number] | undefined {
  if (type === DataType.uint8) return [0, 255];
  if (type === DataType.int8) return [-128, 127];
  if (type === DataType.uint16) return [0, 65535];
  return type === DataType.int16 ? [-32768, 32767] : undefined;
}
