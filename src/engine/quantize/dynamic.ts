import { DataType } from '../onnx/data-type.ts';
import { attributes, Node, type Graph, type Model } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { classify, type ComputeNode } from './classify.ts';
import { layerConstants, quantizeLayerWeights, type LayerConstants, type LayerWeights } from './layer-weights.ts';
import { nothingToQuantize } from './nothing.ts';
import { prepareModel } from './prepare.ts';
import { QdqWriter } from './qdq.ts';
import { LayerRows } from './rows-of-layers.ts';
import type { NotQuantized, QuantizeDependencies, QuantizeRequest, QuantizeResult } from './types.ts';
import type { CodeArray } from './scheme.ts';
import type { QuantizedWeights } from './weights.ts';

/**
 * Dynamic quantization: weights are integers, inputs of convolutions and matrix products are measured and rounded at every run
 * (DynamicQuantizeLinear-11, ConvInteger-10, MatMulInteger-10). Needs no pictures. Changes the model in place.
 * Throws `quantize.nothing` when no node qualifies.
 */
export async function quantizeDynamic(model: Model, request: QuantizeRequest, dependencies: QuantizeDependencies): Promise<QuantizeResult> {
  const { notes, shapes, forLayer } = await prepareModel(model, request, dependencies);
  const { graph } = model;
  const context = { model, graph, shapes, forLayer, integerOperators: new Set(['Conv', 'MatMul', 'Gemm']) };
  const writer = new DynamicWriter(graph);
  const rows = new LayerRows();
  const notQuantized: NotQuantized[] = [];
  for (const node of graph.topologicalOrder()) {
    const found = classify(node, context);
    const reason = found.kind === 'compute' ? unsuitable(node, found, graph) : found.kind === 'float' ? found.reason : undefined;
    if (reason !== undefined) notQuantized.push({ name: node.label, op: node.qualifiedOp, reason });
    if (found.kind !== 'compute' || reason !== undefined) continue;
    const { settings } = found;
    const constants = layerConstants(node, found, graph);
    // ConvInteger exists for uint8 weights only (ONNX Runtime's CPU provider).
    const compute = node.op === 'Conv' ? { ...found, settings: { ...settings, 'weight-type': 'uint8' as const } } : found;
    const weights = quantizeLayerWeights(node, compute, constants, request.target, { inputScale: undefined, kernel: true });
    rows.add(node, settings.storage, weights, { input: null, output: null });
    writer.replace(node, compute, constants, weights);
  }
  if (rows.rows.length === 0) throw nothingToQuantize(notQuantized, model.path);
  writer.finish();
  return { model, layers: rows.rows, notQuantized, notes };
}

function unsuitable(node: Node, { role, settings }: ComputeNode, graph: Graph): string | undefined {
  if (!graph.constant(node.inputs[role.weight]!)) return 'both of its factors are computed at run time';
  if (node.op === 'Gemm' && node.int('transA', 0) !== 0) return 'its first factor is transposed';
  if (!settings['symmetric-weights'] && settings.granularity === 'channel' && node.op === 'Conv') {
    return 'ConvInteger has one zero point for all channels; use symmetric-weights';
  }
  return undefined;
}

/** Writes integer products in place of float ones. Values that several nodes read are rounded once. */
class DynamicWriter {
  readonly #store: QdqWriter;
  readonly #rounded = new Map<string, readonly string[]>();

  constructor(readonly graph: Graph) {
    this.#store = new QdqWriter(graph);
  }

  replace(node: Node, { role }: ComputeNode, constants: LayerConstants, { weights }: LayerWeights): void {
    const { graph } = this;
    const { insertions } = this.#store;
    const name = node.inputs[role.weight]!;
    const convolution = node.op === 'Conv';
    const [input, inputScale, inputZeroPoint] = this.#round(node, node.inputs[role.activation]!);
    const [stored, dims] =
      convolution || node.int('transB', 0) === 0 ? [weights.data, constants.dims] : transposed(weights, constants.dims);
    const along = convolution ? [constants.channels, ...constants.dims.slice(2).map(() => 1)] : [constants.channels];
    const scaleShape = weights.scales.length === 1 ? [] : along;
    const codes = this.#store.store(`${name}_quantized`, Tensor.of(weights.type, dims, stored));
    const zeroPoint = this.#store.store(`${name}_zero_point`, zeroPointTensor(weights));
    const scale = this.#store.store(`${name}_scale`, Tensor.of(DataType.float32, scaleShape, weights.scales));
    const keep = convolution ? new Map(node.attributes) : attributes({});
    const output = node.outputs[0]!;
    graph.remove(node);
    const step = (
      op: string,
      inputs: string[],
      suffix: string,
      values = attributes({}),
      result = insertions.uniqueName(`${output}_${suffix}`),
    ): string => {
      insertions.before(node, new Node(`${node.label}_${suffix}`, op, inputs, [result], values));
      return result;
    };
    const product = step(convolution ? 'ConvInteger' : 'MatMulInteger', [input!, codes, inputZeroPoint!, zeroPoint], 'integers', keep);
    const sum = step('Cast', [product], 'cast', attributes({ to: DataType.float32 }));
    const factor = step('Mul', [inputScale!, scale], 'scale');
    const { bias } = constants;
    if (!bias) {
      step('Mul', [sum, factor], 'scaled', attributes({}), output);
      return;
    }
    const added = this.#store.store(`${name}_bias`, Tensor.float32(along, bias));
    step('Add', [step('Mul', [sum, factor], 'scaled'), added], 'bias', attributes({}), output);
  }

  finish(): void {
    this.#store.finish();
  }

  /** Names of the value as uint8, of its scale and of its zero point. */
  #round(node: Node, value: string): readonly string[] {
    const known = this.#rounded.get(value);
    if (known !== undefined) return known;
    const { insertions } = this.#store;
    const names = ['quantized', 'scale', 'zero_point'].map((part) => insertions.uniqueName(`${value}_${part}`));
    insertions.before(node, new Node(`${value}_DynamicQuantizeLinear`, 'DynamicQuantizeLinear', [value], names));
    this.#rounded.set(value, names);
    return names;
  }
}

/** One zero point where all channels share it, which every kernel takes. */
function zeroPointTensor({ type, zeroPoints }: QuantizedWeights): Tensor {
  const same = zeroPoints.every((value) => value === zeroPoints[0]);
  const values = same ? zeroPoints.slice(0, 1) : zeroPoints;
  return Tensor.of(type, same ? [] : [values.length], type === DataType.int8 ? Int8Array.from(values) : Uint8Array.from(values));
}

function transposed({ data }: QuantizedWeights, [rows, columns]: readonly number[]): [CodeArray, number[]] {
  const result = data.slice();
  for (let row = 0; row < rows!; row++)
    for (let column = 0; column < columns!; column++) result[column * rows! + row] = data[row * columns! + column]!;
  return [result, [columns!, rows!]];
}
