import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Model, Node } from '../../onnx/graph.ts';
import { fusesOnDpu } from './fusing.ts';
import { isFactor, operandFix, readFix, resultOf, typeText } from './fixes.ts';
import { isWithin, shiftsOf, type Shift, type Unit } from './positions.ts';

/** One thing about a model that the DPU cannot do as it is written. */
export interface PositionFinding {
  readonly node: string;
  readonly constraint: Shift['constraint'] | 'scale' | 'pair';
  /** One sentence: what is wrong and by how much. */
  readonly message: string;
  /** Of a shift: what it comes to, and what is allowed. */
  readonly shift?: Shift;
}

/**
 * Holds a model with QuantizeLinear and DequantizeLinear against the number format and the shifts of the DPUCZDX8G (vitis-ai 3.5,
 * vai_q_onnx refine.py): int8, one power of two a tensor, zero point 0; shift_cut, shift_bias, shift_read, shift_write, the hard
 * sigmoid's positions, one position across Concat and pooling, and no rounding between a layer and what the DPU computes in one pass with
 * it. Empty: the board takes the positions as they are.
 */
export function checkPositions({ graph }: Model): PositionFinding[] {
  const findings: PositionFinding[] = [];
  for (const node of graph.nodes) {
    if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear') {
      const message = formatProblem(graph, node);
      if (message) findings.push({ node: node.label, constraint: 'scale', message });
      continue;
    }
    const pair = pairProblem(graph, node);
    if (pair) findings.push({ node: node.label, constraint: 'pair', message: pair });
    const unit = unitOf(graph, node);
    for (const shift of unit ? shiftsOf(unit) : []) {
      if (isWithin(shift)) continue;
      findings.push({ node: node.label, constraint: shift.constraint, message: shiftProblem(shift), shift });
    }
  }
  return findings;
}

function formatProblem(graph: Graph, node: Node): string | undefined {
  const fix = readFix(graph, node);
  if ('problem' in fix) return fix.problem;
  if (fix.type === DataType.int8) return undefined;
  // vai_q_onnx and Quark make activations uint8 where they quantize for an NPU (XINT8).
  const madeFor = fix.type === DataType.uint8 && !fix.constant ? ', as for the Ryzen AI NPU' : '';
  return `it is ${typeText(fix)}${madeFor}; the DPU takes int8`;
}

function shiftProblem({ constraint, value, least, greatest }: Shift): string {
  if (constraint === 'alignment') return `its positions differ by ${value}, and the DPU copies elements as they are`;
  const off = value < least ? `${least - value} too small` : `${value - greatest} too large`;
  return `${constraint} is ${value}, ${off}: allowed are ${least} ${greatest === Infinity ? 'and more' : `to ${greatest}`}`;
}

/**
 * An activation behind a QuantizeLinear that rounds the result of the layer which the DPU computes it in one pass with. The board rounds
 * once behind both. (vai_q_onnx 3.5, RemoveQDQConvLeakyRelu and its kin.)
 */
function pairProblem(graph: Graph, node: Node): string | undefined {
  const pair = [node.inputs[0] ?? ''];
  for (const op of ['DequantizeLinear', 'QuantizeLinear']) {
    const quantizer = graph.producer(pair.at(-1)!);
    if (quantizer?.op !== op || graph.users(pair.at(-1)!).length !== 1) return undefined;
    pair.push(quantizer.inputs[0] ?? '');
  }
  const maker = graph.producer(pair.at(-1)!);
  if (!maker || graph.users(pair.at(-1)!).length !== 1 || !fusesOnDpu(graph, maker, node)) return undefined;
  return `the result of ${maker.op} is rounded before it, and the DPU computes both in one pass and rounds once behind them`;
}

const products = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const copies = new Set(['Concat', 'MaxPool', 'AveragePool', 'GlobalAveragePool']);

/** The positions around a node that reads fixed values; undefined where there is nothing to hold them to. */
export function unitOf(graph: Graph, node: Node): Unit | undefined {
  const present = node.inputs.filter((input) => input !== '');
  const fixes = present.map((input) => operandFix(graph, input));
  if (fixes.length === 0 || fixes.some((fix, index) => !fix && !graph.constant(present[index]!))) return undefined;
  const positions = fixes.flatMap((fix) => (fix ? [fix.position] : []));
  const { between, fix } = resultOf(graph, node);
  const output = fix?.position;
  if (products.has(node.op)) return productUnit(positions, output, between);
  if (copies.has(node.op) && positions.length) return { kind: 'aligned', inputs: positions, output };
  if (node.op === 'Add' && positions.length > 1) return { kind: 'add', inputs: positions, output };
  if (node.op === 'Mul' && positions.length > 1)
    return { kind: isHardSwish(graph, node) ? 'hard-swish' : 'product', inputs: positions, output };
  if (node.op === 'HardSigmoid' && positions.length) return { kind: 'hard-sigmoid', input: positions[0]!, output };
  return undefined;
}

function productUnit(positions: readonly number[], output: number | undefined, between: readonly Node[]): Unit | undefined {
  const [input, weights, bias] = positions;
  if (input === undefined || weights === undefined) return undefined;
  return { kind: 'multiply', input, weights, bias, output, leaky: between.some(({ op }) => op === 'LeakyRelu') };
}

/** x * hardSigmoid(x), with the factor and the rounding between them. */
export function isHardSwish(graph: Graph, node: Node): boolean {
  const roots = node.inputs.map((input) => beforeRounding(graph, input));
  return roots.some((root, index) => {
    const maker = graph.producer(root);
    return maker?.op === 'HardSigmoid' && beforeRounding(graph, maker.inputs[0]!) === beforeRounding(graph, node.inputs[1 - index]!);
  });
}

/** Walks back over DequantizeLinear, QuantizeLinear and constant factors to the value they stand for. */
function beforeRounding(graph: Graph, value: string): string {
  for (let at = value; ;) {
    const maker = graph.producer(at);
    if (!maker) return at;
    if (maker.op === 'DequantizeLinear' || maker.op === 'QuantizeLinear') at = maker.inputs[0]!;
    else if (isFactor(graph, maker)) at = maker.inputs.find((input) => !graph.constant(input)) ?? '';
    else return at;
  }
}
