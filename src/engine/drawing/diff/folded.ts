import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Model, Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';

/** A constant that an operator reads, behind the nodes that only say how it is stored. */
export interface Constant {
  readonly tensor: Tensor;
  /** Of the DequantizeLinear behind which it is read, or of an integer operator's own inputs. */
  readonly scale?: Tensor;
  readonly zeroPoint?: Tensor;
  readonly axis?: number;
  /** Elements along `axis` that share a scale; 0 or absent: the axis has one scale each. */
  readonly blockSize?: number;
  /** Float weights that are rounded at run time (QuantizeLinear, DequantizeLinear): the type of the integers. */
  readonly roundedTo?: number;
  /** Constant, DequantizeLinear … that stand between the tensor and its reader, the last first. */
  readonly passed?: Passed;
}

/** A node that a value goes through unchanged but for its storage, and the ones before it. */
export interface Passed {
  readonly node: Node;
  readonly before?: Passed;
}

/** What an operator reads at one place. */
export interface Operand {
  readonly constant?: Constant;
  /** Unit that makes the value; -1: an input of the graph or a value from around it. */
  readonly unit: number;
  /** Which of that unit's outputs. */
  readonly output: number;
  /** Name of the value in front of its quantizers; of a constant its own. */
  readonly value: string;
  /** Quantizers between maker and reader, the last first. */
  readonly passed?: Passed;
  /** Scale and zero point that an integer operator carries itself. */
  readonly scale?: Tensor;
}

/** One operator with what is folded into it: constants, and the quantizers on its way. */
export interface Unit {
  readonly index: number;
  readonly node: Node;
  /** Name in ONNX's own words: QLinearConv, ConvInteger and FusedConv are "Conv". */
  readonly op: string;
  /** In the order of the float operator's inputs; undefined: not given. Values that its sub-graphs read come last. */
  readonly operands: readonly (Operand | undefined)[];
}

export interface Use {
  readonly unit: number;
  /** Place among the reader's operands. */
  readonly place: number;
  readonly output: number;
}

/** A graph without the nodes that only say how numbers are stored. */
export interface FoldedGraph {
  readonly graph: Graph;
  readonly units: readonly Unit[];
  readonly unitOf: ReadonlyMap<Node, Unit>;
  /** Readers of each unit's outputs, by unit. */
  readonly uses: readonly (readonly Use[])[];
  /** Where every value that a unit or the graph reads comes from, through quantizers. */
  source(value: string): Operand;
}

const quantizers = new Set(['QuantizeLinear', 'DequantizeLinear']);
/** Nodes behind which a constant is still that constant. */
const constantKeepers = new Set(['Constant', 'QuantizeLinear', 'DequantizeLinear', 'Cast', 'Identity']);

const behind = (node: Node, before: Passed | undefined): Passed => (before ? { node, before } : { node });

export const isQuantizer = (node: Node): boolean => quantizers.has(node.op);

/**
 * Places of a float operator's operands among the inputs of its integer form, each with its scale's and zero point's
 * (ONNX QLinearConv-10, QLinearMatMul-21, ConvInteger-10, MatMulInteger-10; com.microsoft QLinearAdd-1, QLinearMul-1, QGemm-1).
 */
const integerForms: Readonly<Record<string, readonly (readonly [at: number, scale?: number, zeroPoint?: number])[]>> = {
  QLinearConv: [[0, 1, 2], [3, 4, 5], [8]],
  QLinearMatMul: [[0, 1, 2], [3, 4, 5]],
  QLinearAdd: [[0, 1, 2], [3, 4, 5]],
  QLinearMul: [[0, 1, 2], [3, 4, 5]],
  QGemm: [[0, 1, 2], [3, 4, 5], [6]],
  QLinearGlobalAveragePool: [[0, 1, 2]],
  QLinearAveragePool: [[0, 1, 2]],
  QLinearSigmoid: [[0, 1, 2]],
  QLinearLeakyRelu: [[0, 1, 2]],
  ConvInteger: [[0], [1, undefined, 3]],
  MatMulInteger: [[0], [1, undefined, 3]],
}; // prettier-ignore

/** QLinearConv, ConvInteger and FusedConv are convolutions, QGemm is Gemm, MatMulNBits is MatMul. */
export const plainOp = (node: Node): string => {
  const plain = node.op.replace(/^(QLinear|Fused|Q(?=Gemm$))|(Integer|IntegerToFloat|NBits)$/g, '');
  return plain !== node.op || node.domain === '' || node.domain === 'ai.onnx' ? plain : node.qualifiedOp;
};

/** Folds constants and quantizers of the model's main graph. Linear in nodes and edges. Throws `graph.cycle`. */
export function foldGraph({ graph }: Model): FoldedGraph {
  return new Folder(graph).fold();
}

class Folder {
  readonly #units: Unit[] = [];
  readonly #unitOf = new Map<Node, Unit>();
  readonly #constants = new Map<string, Constant>();
  readonly #sources = new Map<string, Operand>();

  constructor(readonly graph: Graph) {}

  fold(): FoldedGraph {
    const order = this.graph.topologicalOrder();
    for (const node of order) {
      if (this.#keepsConstant(node)) continue;
      if (isQuantizer(node) && node.outputs[0]) this.#pass(node, node.outputs[0]);
      else this.#addUnit(node);
    }
    const uses: Use[][] = this.#units.map(() => []);
    for (const { index, operands } of this.#units) {
      operands.forEach((operand, place) => {
        if (operand && operand.unit >= 0) uses[operand.unit]!.push({ unit: index, place, output: operand.output });
      });
    }
    const { graph } = this;
    return { graph, units: this.#units, unitOf: this.#unitOf, uses, source: (value) => this.#operand(value) };
  }

  /** Takes a node whose result is a constant as it is stored; false for all others. */
  #keepsConstant(node: Node): boolean {
    if (!constantKeepers.has(node.op)) return false;
    const made = node.outputs[0] ?? '';
    const stored = this.graph.constant(made);
    if (stored) {
      this.#constants.set(made, { tensor: stored, passed: { node } });
      return true;
    }
    const inputs = node.inputs.map((input) => (input === '' ? undefined : this.#constant(input)));
    const [first, scale, zeroPoint] = inputs;
    if (!first || inputs.some((input, i) => !input && node.inputs[i] !== '')) return false;
    const passed = behind(node, first.passed);
    if (node.op === 'QuantizeLinear') this.#constants.set(made, { ...first, passed, roundedTo: zeroPoint?.tensor.type ?? DataType.uint8 });
    else if (node.op === 'DequantizeLinear' && scale) {
      const axis = node.int('axis', 1);
      const blockSize = node.int('block_size', 0);
      this.#constants.set(made, { ...first, scale: scale.tensor, zeroPoint: zeroPoint?.tensor, axis, blockSize, passed });
    } else this.#constants.set(made, { ...first, passed });
    return true;
  }

  #constant(value: string): Constant | undefined {
    const known = this.#constants.get(value);
    if (known) return known;
    const tensor = this.graph.constant(value);
    if (!tensor) return undefined;
    const constant = { tensor };
    this.#constants.set(value, constant);
    return constant;
  }

  #operand(value: string): Operand {
    const constant = this.#constant(value);
    if (constant) return { constant, unit: -1, output: 0, value };
    return this.#sources.get(value) ?? { unit: -1, output: 0, value };
  }

  #pass(node: Node, made: string): void {
    const from = this.#operand(node.inputs[0] ?? '');
    this.#sources.set(made, { ...from, passed: behind(node, from.passed) });
  }

  #addUnit(node: Node): void {
    const form = integerForms[node.op];
    const operands = form ? form.map((places) => this.#integerOperand(node, places)) : node.inputs.map((value) => this.#given(value));
    const captured = this.graph.reads(node).slice(node.inputs.filter((input) => input !== '').length);
    const unit: Unit = {
      index: this.#units.length,
      node,
      op: plainOp(node),
      operands: [...operands, ...captured.map((value) => this.#operand(value))],
    };
    this.#units.push(unit);
    this.#unitOf.set(node, unit);
    node.outputs.forEach((value, output) => {
      if (value === '') return;
      // The integers of a dynamically quantized value are that value.
      const same = node.op === 'DynamicQuantizeLinear' && output === 0 ? operands[0] : undefined;
      this.#sources.set(value, same ? { ...same } : { unit: unit.index, output, value });
    });
  }

  #given = (value: string | undefined): Operand | undefined => (value === undefined || value === '' ? undefined : this.#operand(value));

  #integerOperand(node: Node, [at, scaleAt, zeroAt]: readonly [number, number?, number?]): Operand | undefined {
    const operand = this.#given(node.inputs[at]);
    const scale = scaleAt === undefined ? undefined : this.#given(node.inputs[scaleAt])?.constant?.tensor;
    const zeroPoint = zeroAt === undefined ? undefined : this.#given(node.inputs[zeroAt])?.constant?.tensor;
    if (!operand?.constant) return operand && scale ? { ...operand, scale } : operand;
    return { ...operand, constant: { ...operand.constant, scale, zeroPoint, axis: node.op.includes('Conv') ? 0 : -1 } };
  }
}
