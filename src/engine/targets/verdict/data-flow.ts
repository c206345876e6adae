import { DataType, isFloatType } from '../../onnx/data-type.ts';
import type { Dim, Graph, Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { Shapes } from '../../ops/infer.ts';

/** Nodes that no arithmetic of the layer is in: what stands before and behind them meets. */
const passing = new Set(['QuantizeLinear', 'DequantizeLinear', 'Identity', 'Dropout']);
const quantizers = new Set(['QuantizeLinear', 'DequantizeLinear']);
/** Stored numbers that rules read: bounds, axes, pads. Longer tensors are weights. */
const mostNumbers = 64;
const integerTypes: ReadonlySet<number> = new Set([
  DataType.int8, DataType.uint8, DataType.int16, DataType.uint16, DataType.int32, DataType.uint32, DataType.int64, DataType.uint64,
]); // prettier-ignore
/** What is settled before the board runs although it reads a value that is not. */
const ofShapes = new Set(['Shape', 'Size']);

/**
 * A model as its data flows through it: without constants, without arithmetic on shapes, and with quantizers looked through, so that a
 * rule sees the same of a float model and of the same with QuantizeLinear and DequantizeLinear in it.
 */
export class DataFlow {
  readonly graph: Graph;
  /** Nodes that work on the data, in the order of execution. */
  readonly nodes: readonly Node[];
  readonly #settled = new Set<string>();
  readonly #members: ReadonlySet<Node>;
  /** Of what stands for another value: that one, and the other way round. */
  readonly #origins = new Map<string, string>();
  readonly #copies = new Map<string, string[]>();

  /** `shapes`: those for one picture. */
  constructor(readonly shapes: Shapes) {
    this.graph = shapes.root.graph;
    const nodes: Node[] = [];
    for (const node of shapes.root.nodes) {
      if (passing.has(node.op)) this.#pass(node);
      if (this.#isSettledNode(node)) for (const output of node.outputs) this.#settled.add(output);
      else if (!quantizers.has(node.op)) nodes.push(node);
    }
    this.nodes = nodes;
    this.#members = new Set(nodes);
  }

  has(node: Node): boolean {
    return this.#members.has(node);
  }

  /** Known before the board runs: a constant, what is made of constants alone, and arithmetic on shapes. */
  isSettled(value: string): boolean {
    return this.#settled.has(value) || this.graph.constant(value) !== undefined;
  }

  /** The value that this one stands for, before quantizers, Identity and Dropout. */
  origin(value: string): string {
    return this.#origins.get(value) ?? value;
  }

  /** The node that makes a value; undefined for inputs of the model and what is settled. */
  maker(value: string): Node | undefined {
    const maker = this.graph.producer(this.origin(value));
    return maker && this.#members.has(maker) ? maker : undefined;
  }

  /** The operands of a node that are data, each once, in order. Those that its sub-graphs read come last. */
  operands(node: Node): string[] {
    return [...new Set(this.graph.reads(node))].filter((value) => !this.isSettled(value));
  }

  makers(node: Node): Node[] {
    return this.operands(node).flatMap((value) => this.maker(value) ?? []);
  }

  /** Nodes that read a node's results. */
  readers(node: Node): Node[] {
    const found = new Set<Node>();
    for (const value of this.#results(node)) {
      for (const use of this.graph.users(value)) if (!passing.has(use.node.op) && this.#members.has(use.node)) found.add(use.node);
    }
    return [...found];
  }

  /** The only reader of a node's results, which do not leave the model beside it. */
  onlyReader(node: Node): Node | undefined {
    const readers = this.readers(node);
    return readers.length === 1 && !this.leavesModel(node) ? readers[0] : undefined;
  }

  /** Whether a result is an output of the model. */
  leavesModel(node: Node): boolean {
    return this.#results(node).some((value) => this.graph.isOutput(value));
  }

  /** Sizes of a value; undefined: the rank is not known. */
  dims(value: string): readonly Dim[] | undefined {
    return this.graph.constant(value)?.dims ?? this.shapes.of(value)?.shape;
  }

  /** Sizes of the first operand, and of the first result. */
  input(node: Node): readonly Dim[] | undefined {
    return this.dims(node.inputs[0] ?? '');
  }

  output(node: Node): readonly Dim[] | undefined {
    return this.dims(node.outputs[0] ?? '');
  }

  /** Sizes of what is known before the board runs: weights, factors; undefined for data. */
  storedDims(value: string): readonly number[] | undefined {
    if (value === '' || !this.isSettled(value)) return undefined;
    const dims = this.dims(value);
    return dims?.every((dim) => typeof dim === 'number') ? dims : undefined;
  }

  /** The stored tensor behind a value, through its DequantizeLinear. */
  stored(value: string): Tensor | undefined {
    return this.graph.constant(value) ?? this.graph.constant(this.origin(value));
  }

  /** The numbers that a few stored elements stand for, dequantized; undefined: many, none, computed, or left in the file. */
  numbers(value: string): readonly number[] | undefined {
    const direct = read(this.graph.constant(value));
    if (direct) return direct;
    const maker = this.graph.producer(value);
    if (maker?.op !== 'DequantizeLinear') return undefined;
    const [stored, scale, zero] = [0, 1, 2].map((index) => read(this.graph.constant(maker.inputs[index] ?? '')));
    if (!stored || scale?.length !== 1) return undefined;
    return stored.map((number) => (number - (zero?.[0] ?? 0)) * scale[0]!);
  }

  /** The only number that a stored operand has. */
  number(value: string): number | undefined {
    const found = this.numbers(value);
    return found?.length === 1 ? found[0] : undefined;
  }

  /** Integers that an operand or, in older operator sets, an attribute gives. */
  integers(node: Node, index: number, name: string): readonly number[] | undefined {
    const operand = node.inputs[index] ?? '';
    return node.ints(name) ?? this.numbers(operand) ?? this.#followed(operand);
  }

  /** Elements of a small integer tensor that shape inference could follow. */
  #followed(value: string): readonly number[] | undefined {
    const elements = this.shapes.of(value)?.elements;
    return elements?.every((element) => typeof element === 'number') ? elements : undefined;
  }

  /** What a node makes, and what only stands for it. */
  #results(node: Node): string[] {
    return node.outputs.flatMap((output) => (output === '' ? [] : [output, ...(this.#copies.get(output) ?? [])]));
  }

  #pass({ inputs: [from = ''], outputs: [to = ''] }: Node): void {
    const origin = this.origin(from);
    this.#origins.set(to, origin);
    const copies = this.#copies.get(origin);
    if (copies) copies.push(to);
    else this.#copies.set(origin, [to]);
  }

  #isSettledNode(node: Node): boolean {
    if (node.op === 'Constant' || ofShapes.has(node.op)) return true;
    const reads = this.graph.reads(node);
    return reads.length > 0 && reads.every((value) => this.isSettled(value));
  }
}

function read(tensor: Tensor | undefined): readonly number[] | undefined {
  if (tensor?.source.kind !== 'bytes' || tensor.size > mostNumbers) return undefined;
  return isFloatType(tensor.type) || integerTypes.has(tensor.type) ? [...tensor.toFloat64()] : undefined;
}
