import { createHash } from 'node:crypto';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Node, type Graph } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { storedBias, type QuantizedBias } from './bias.ts';
import { Insertions } from './insertions.ts';
import { storedTensor, type StoredType } from './pack.ts';
import { blockScaleDims } from './rows.ts';
import { codesOf, isNarrow, quantizeValue, type Scheme } from './scheme.ts';
import type { QuantizedWeights } from './weights.ts';

/**
 * Writes QuantizeLinear and DequantizeLinear into one graph (opset 13 or later). Scales and zero points of whole tensors are
 * scalars: ONNX Runtime's fused operators refuse one-element vectors. Equal constants are stored once.
 */
export class QdqWriter {
  readonly #stored = new Map<string, string>();
  readonly insertions: Insertions;

  constructor(readonly graph: Graph) {
    this.insertions = new Insertions(graph);
  }

  /**
   * Puts Q and DQ behind `value`. `made`: every reader (and the graph's output of that name) takes the dequantized value; otherwise only
   * the given uses do. A scheme of fewer bits than its type has gets a Clip on the integers in between, unless they are `inside` anyway.
   */
  quantizeValue(value: string, scheme: Scheme, uses: 'all' | readonly { node: Node; index: number }[], inside = false): void {
    const { graph, insertions } = this;
    const producer = graph.producer(value);
    const isOutput = graph.isOutput(value);
    let source = value;
    const dequantized = isOutput && uses === 'all' ? value : insertions.uniqueName(`${value}_dequantized`);
    if (isOutput && uses === 'all' && producer) {
      // The graph's output keeps its name: what makes it is renamed.
      source = insertions.uniqueName(`${value}_float`);
      graph.setOutput(producer, producer.outputs.indexOf(value), source);
    }
    if (uses === 'all') graph.replaceUses(value, dequantized);
    else for (const { node, index } of uses) graph.setInput(node, index, dequantized);
    const rounded = insertions.uniqueName(`${value}_quantized`);
    const clips = isNarrow(scheme) && !inside;
    const quantized = clips ? insertions.uniqueName(`${value}_clipped`) : rounded;
    const parameters = [this.#scale(value, scheme.scale), this.#zeroPoint(value, scheme)];
    const quantize = new Node(`${value}_QuantizeLinear`, 'QuantizeLinear', [source, ...parameters], [rounded]);
    const dequantize = new Node(`${value}_DequantizeLinear`, 'DequantizeLinear', [quantized, ...parameters], [dequantized]);
    insertions.after(producer, quantize);
    if (clips) insertions.after(producer, new Node(`${value}_Clip`, 'Clip', [rounded, ...this.#ends(value, scheme)], [quantized]));
    insertions.after(producer, dequantize);
  }

  /** Replaces a constant operand by an integer copy and DequantizeLinear, on one scheme for the tensor. */
  quantizeConstant(node: Node, index: number, tensor: Tensor, scheme: Scheme): void {
    const name = node.inputs[index]!;
    const codes = codesOf(
      scheme.type,
      tensor.toFloat64().map((value) => quantizeValue(value, scheme)),
    );
    const parameters = [this.#scale(name, scheme.scale), this.#zeroPoint(name, scheme)];
    this.#dequantize(node, index, Tensor.of(scheme.type, tensor.dims, codes), parameters, {});
  }

  /** Weights in the type they are stored in. Zero points that are all zero are left out where no integer kernel asks for them. */
  quantizeWeights(node: Node, index: number, dims: readonly number[], weights: QuantizedWeights, stored: StoredType): void {
    const name = node.inputs[index]!;
    const { axis, blocks, scales, zeroPoints } = weights;
    const shape = blocks ? blockScaleDims(dims, blocks) : axis === undefined ? [] : [scales.length];
    const parameters = [this.store(`${name}_scale`, Tensor.of(DataType.float32, shape, scales))];
    const eightBit = stored === DataType.int8 || stored === DataType.uint8;
    if (eightBit || zeroPoints.some((value) => value !== 0)) {
      parameters.push(this.store(`${name}_zero_point`, storedTensor(stored, shape, zeroPoints, weights)));
    }
    const tensor = storedTensor(stored, dims, weights.data, weights);
    this.#dequantize(
      node,
      index,
      tensor,
      parameters,
      blocks ? { axis: blocks.axis, block_size: blocks.size } : axis === undefined ? {} : { axis },
    );
  }

  /** `index` may lie beyond the node's inputs: a layer that had no bias gets one. `name` is what its constants are called after. */
  quantizeBias(node: Node, index: number, name: string, bias: QuantizedBias): void {
    const shape = bias.scales.length === 1 && bias.data.length !== 1 ? [] : [bias.scales.length];
    const scale = this.store(`${name}_scale`, Tensor.of(DataType.float32, shape, bias.scales));
    const codes = (values: QuantizedBias['data']) => (bias.type === DataType.int8 ? Int8Array.from(values) : values);
    const zeroPoint = this.store(`${name}_zero_point`, Tensor.of(bias.type, shape, codes(new Int32Array(bias.scales.length))));
    const tensor = Tensor.of(bias.type, [bias.data.length], codes(bias.data));
    this.#dequantize(node, index, tensor, [scale, zeroPoint], shape.length ? { axis: 0 } : {}, name);
  }

  /** The same as plain numbers, for targets that take no integer biases. */
  storeBias(node: Node, index: number, name: string, bias: QuantizedBias): void {
    const stored = this.store(`${name}_rounded`, Tensor.float32([bias.data.length], Float32Array.from(storedBias(bias))));
    this.graph.setInput(node, index, stored);
  }

  #dequantize(
    node: Node,
    index: number,
    tensor: Tensor,
    parameters: string[],
    settings: Parameters<typeof attributes>[0],
    called?: string,
  ): void {
    const { graph, insertions } = this;
    const name = called ?? node.inputs[index]!;
    const stored = this.store(`${name}_quantized`, tensor);
    const dequantized = insertions.uniqueName(`${name}_dequantized`);
    const label = `${dequantized}_DequantizeLinear`;
    const dequantize = new Node(label, 'DequantizeLinear', [stored, ...parameters], [dequantized], attributes(settings));
    graph.setInput(node, index, dequantized);
    insertions.before(node, dequantize);
  }

  #scale(value: string, scale: number): string {
    return this.store(`${value}_scale`, Tensor.float32([], [scale]));
  }

  #zeroPoint(value: string, { type, zeroPoint }: Scheme): string {
    return this.store(`${value}_zero_point`, Tensor.of(type, [], codesOf(type, [zeroPoint])));
  }

  /** Names of the grid's ends, as Clip takes them. */
  #ends(value: string, { type, lowest, highest }: Scheme): string[] {
    const end = (name: string, code: number): string => this.store(`${value}_${name}`, Tensor.of(type, [], codesOf(type, [code])));
    return [end('lowest', lowest), end('highest', highest)];
  }

  /** Puts the new nodes into their places; the graph is in order then, and what is not read any more is gone. */
  finish(): void {
    this.insertions.finish();
    this.graph.prune();
  }

  /** Adds an initializer, or finds one of the same base name and content that this writer added before. */
  store(base: string, tensor: Tensor): string {
    const content = createHash('sha256').update(tensor.bytes).digest('base64');
    const key = `${base}|${tensor.type}|${tensor.dims.join()}|${content}`;
    const known = this.#stored.get(key);
    if (known !== undefined) return known;
    const name = this.insertions.uniqueName(base);
    this.graph.initializers.set(name, tensor);
    this.#stored.set(key, name);
    return name;
  }
}
