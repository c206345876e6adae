import { DataType } from '../../onnx/data-type.ts';
import type { Graph, Model, Node } from '../../onnx/graph.ts';
import { isFactor, operandFix, readFix, resultOf, typeText } from './fixes.ts';
import { isWithin, shiftsOf, type Shift, type Unit } from './positions.ts';

/** One thing about a model that the DPU cannot do as it is written. */
export interface PositionFinding {
  readonly node: string;
  readonly constraint: Shift['constraint'] | 'scale';
  /** One sentence: what is wrong and by how much. */
  readonly message: string;
  /** Of a shift: what it comes to, and what is allowed. */
  readonly shift?: Shift;
}

/**
 * Holds a model with QuantizeLinear and DequantizeLinear against the number format and the shifts of the DPUCZDX8G (vitis-ai 3.5,
 * vai_q_onnx refine.py): int8, one power of two a tensor, zero point 0; shift_cut, shift_bias, shift_read, shift_write, the hard
 * sigmoid's positions, one position across Concat and pooling. Empty: the board takes the positions as they are.
 */
export function checkPositions({ graph }: Model): PositionFinding[] {
  const findings: PositionFinding[] = [];
  for (const node of graph.nodes) {
    if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear') {
      const message = formatProblem(graph, node);
      if (message) findings.push({ node: node.label, constraint: 'scale', message });
      continue;
    }
    const unit = unitOf(graph, node);
    for (const shift of unit ? shiftsOf(unit) : []) {
      if (isWithin(shift)) continue;
      const { constraint, value, least, greatest } = shift;
      const message = `${constraint} is ${value}, allowed are ${least} to ${greatest}`;
      findings.push({ node: node.label, constraint, message, shift });
    }
  }
  return findings;
}

function formatProblem(graph: Graph, node: Node): string | undefined {
  const fix = readFix(graph, node);
  if ('problem' in fix) return fix.problem;
  return fix.type === DataType.int8 ? undefined : `it is ${typeText(fix)}; the DPU takes int8`;
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
