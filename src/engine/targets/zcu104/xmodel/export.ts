import { LatheError } from '../../../base/errors.ts';
import type { Graph, Model, Node } from '../../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../../ops/infer.ts';
import { XirBuilder } from '../../../xir/builder.ts';
import type { XirGraph } from '../../../xir/graph.ts';
import { readFix, type Fix } from '../fixes.ts';
import { isMap, permuted, storedShape } from './layout.ts';
import { findWriter } from './operators/index.ts';

export interface XmodelExport {
  readonly graph: XirGraph;
  /** Names of the ops that nodes became, by the node's label. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Writes a model quantized for the DPU (powers of two, zero point 0) as the quantized XIR graph that `vai_c_xir` compiles: NHWC, a `fix` behind
 * every rounded tensor, one picture. Source of the form: vai_q_pytorch 3.5, nndct_shared/compile. The model stays as it is. Throws
 * LatheError: `xmodel.operator` with every node that XIR has no form for, `xmodel.shape` for unknown sizes, `zcu104.scale` for a scale
 * that is no fix.
 */
export function exportXmodel(model: Model, name: string): XmodelExport {
  const writing = new Writing(model, name);
  const order = model.graph.topologicalOrder();
  const refused = order.filter((node) => !findWriter(node));
  if (refused.length) throw refusal(refused);
  for (const node of order) writing.node(node);
  return writing.finish();
}

/** What to do about operators that XIR has no form for, or none that the DPU's arithmetic is known of. */
const cures: Readonly<Record<string, string>> = {
  BatchNormalization: 'Quantize with --target zcu104, which folds it into the convolution before it.',
  HardSwish: 'Quantize with --target zcu104, which makes it HardSigmoid and Mul.',
  PRelu: 'Use LeakyRelu with the slope 26/256 (0.1015625) instead, and train it for an epoch.',
  Elu: 'Use Relu or LeakyRelu with the slope 26/256 instead, and train it for an epoch.',
  Gelu: 'Use Relu or HardSwish instead, and train it for some epochs.',
  LayerNormalization: 'Use BatchNormalization instead, or cut the model before it and run what is behind on the CPU.',
  ArgMax: 'Cut the model before it: the largest of the outputs is found by whoever reads them.',
};

function refusal(nodes: readonly Node[]): LatheError {
  const shown = nodes.slice(0, 5).map((node) => `${node.op} ${JSON.stringify(node.label)}`).join(', '); // prettier-ignore
  const more = nodes.length > 5 ? ` and ${nodes.length - 5} more` : '';
  return new LatheError('xmodel.operator', `XIR has no form for ${shown}${more}`, {
    node: nodes[0]!.label,
    hint: cures[nodes[0]!.op] ?? 'Cut the model before them and run what is behind on the CPU.',
  });
}

/** What an operator's writer sees of the model, and how it adds to the graph. */
export class Writing {
  readonly graph: Graph;
  readonly builder: XirBuilder;
  readonly #shapes: Shapes;
  /** XIR op of each value that has been written. */
  readonly #ops = new Map<string, string>();
  readonly #names = new Map<string, string>();
  /** Nodes that another one's writer has written along. */
  readonly #done = new Set<Node>();

  constructor(
    private readonly model: Model,
    name: string,
  ) {
    this.graph = model.graph;
    this.builder = new XirBuilder(name);
    this.#shapes = inferShapes(model).forOnePicture(model);
    for (const input of this.graph.requiredInputs)
      this.#ops.set(input.name, this.builder.data(input.name, storedShape(this.dims(input.name))));
  }

  get opset(): number {
    return this.model.opset;
  }

  node(node: Node): void {
    if (this.#done.has(node)) return;
    findWriter(node)!(this, node);
  }

  /** Size of a value as ONNX has it, for one picture. */
  dims(value: string): number[] {
    const shape = this.#shapes.of(value)?.shape;
    if (shape?.every((dim): dim is number => typeof dim === 'number')) return [...shape];
    throw new LatheError('xmodel.shape', `the size of ${JSON.stringify(value)} is not known, and XIR stores every size`, {
      file: this.model.path,
      hint: 'Export the model with fixed height and width.',
    });
  }

  /** The op of a value: of an activation, or a stored tensor in its stored order. */
  op(value: string): string {
    const known = this.#ops.get(value);
    if (known !== undefined) return known;
    const stored = this.stored(value);
    if (!stored) throw new LatheError('xmodel.operator', `${JSON.stringify(value)} is made by nothing that was written`);
    const op = this.parameter(value, stored, isMap(stored.dims) ? [0, 2, 3, 1] : undefined);
    this.#ops.set(value, op);
    return op;
  }

  /** As `op`, of a constant that is broadcast against a result of this many axes. */
  operand(value: string, rank: number): string {
    const stored = this.#ops.has(value) ? undefined : this.stored(value);
    if (!stored || stored.dims.length === rank) return this.op(value);
    const dims = [...Array<number>(rank - stored.dims.length).fill(1), ...stored.dims];
    return this.parameter(value, { ...stored, dims }, rank === 4 ? [0, 2, 3, 1] : undefined);
  }

  /** The constant behind a value, through its DequantizeLinear. */
  stored(value: string): Stored | undefined {
    const plain = this.graph.constant(value);
    if (plain) return { dims: plain.dims, values: Float32Array.from(plain.toFloat64()) };
    const maker = this.graph.producer(value);
    const codes = maker?.op === 'DequantizeLinear' ? this.graph.constant(maker.inputs[0]!) : undefined;
    if (!codes) return undefined;
    const { position } = this.fixOf(maker!);
    const scale = 2 ** -position;
    return { dims: codes.dims, values: Float32Array.from(codes.toFloat64(), (code) => code * scale), position };
  }

  /** Adds a stored tensor with its axes in another order, or with other values and sizes. */
  parameter(value: string, { dims, values, position }: Stored, order?: readonly number[]): string {
    const shape = order ? order.map((axis) => dims[axis]!) : dims;
    return this.builder.parameter(value, shape.length ? shape : [1], order ? permuted(values, dims, order) : values, position);
  }

  /** A stored tensor with its axes in another order, then of another shape. */
  arranged({ dims, values, position }: Stored, order: readonly number[], shape: readonly number[]): Stored {
    return { dims: shape, values: permuted(values, dims, order), position };
  }

  /** Gives a node's first output the op that was written for it. */
  made(node: Node, op: string, output = node.outputs[0]!): void {
    this.#ops.set(output, op);
    this.#names.set(node.label, op);
  }

  /** The node needs no writing any more. */
  done(node: Node): void {
    this.#done.add(node);
  }

  /** One op for a node that has its first inputs, in order, as `input`. */
  simple(node: Node, type: string, attributes: Parameters<XirBuilder['op']>[4] = {}): void {
    const dims = this.dims(node.outputs[0]!);
    const inputs = node.inputs.filter((input) => input !== '').map((input) => this.operand(input, dims.length));
    this.made(node, this.builder.op(type, node.label, { input: inputs }, storedShape(dims), attributes));
  }

  /** What a Q or DQ node rounds to. */
  fixOf(node: Node): Fix {
    const fix = readFix(this.graph, node);
    if (!('problem' in fix)) return fix;
    throw new LatheError('zcu104.scale', `the DPU cannot compute this: ${fix.problem}`, {
      file: this.model.path,
      node: node.label,
      hint: 'Quantize with --target zcu104.',
    });
  }

  refuse(node: Node, message: string, hint?: string): never {
    throw new LatheError('xmodel.operator', message, { file: this.model.path, node: node.label, ...(hint ? { hint } : {}) });
  }

  finish(): XmodelExport {
    const results = this.graph.outputs.map(({ name }) => this.op(name));
    return { graph: this.builder.graph(results), names: this.#names };
  }
}

/** A constant of the model; `position` where it is stored as integers. */
export interface Stored {
  readonly dims: readonly number[];
  readonly values: Float32Array;
  readonly position?: number;
}
