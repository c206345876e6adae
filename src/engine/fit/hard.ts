import type { Graph, Node } from '../onnx/graph.ts';
import { clampBounds } from '../ops/measure/clamp-bounds.ts';
import { soleReader } from '../simplify/edit.ts';
import { float } from './build.ts';
import { isOp } from './fix.ts';

/** The hard sigmoid of the DPU: clip(x / 6 + 1/2, 0, 1). (UG1414 3.5; DPUCZDX8G_ISA1_B4096.prototxt, ALU type hsigmoid.) */
export const boardHardSigmoid = { alpha: Math.fround(1 / 6), beta: 0.5 };

export const hardSigmoidAttributes = () => ({ alpha: float(boardHardSigmoid.alpha), beta: float(boardHardSigmoid.beta) });

/** Exporters write 1/6 with few digits at times. */
export const isSixth = (value: number): boolean => Math.abs(value - 1 / 6) < 2e-7;

export const isBoardHardSigmoid = (node: Node): boolean =>
  isOp(node, 'HardSigmoid') && isSixth(node.float('alpha', Math.fround(0.2))) && node.float('beta', 0.5) === 0.5;

/** The one number that an Add, Mul or Div works with, and the other operand. Div: by the number only. */
export function byNumber(graph: Graph, node: Node | undefined, op: string): { value: string; number: number } | undefined {
  if (!isOp(node, op)) return undefined;
  const at = node.inputs.findLastIndex((input) => graph.constant(input)?.size === 1);
  const value = node.inputs[1 - at];
  const tensor = graph.constant(node.inputs[at] ?? '');
  if (at < 0 || node.inputs.length !== 2 || (op === 'Div' && at !== 1) || !value || !tensor?.isLoaded) return undefined;
  return graph.constant(value) ? undefined : { value, number: tensor.toFloat64()[0]! };
}

/** Nodes of a written-out clip(x + 3, 0, 6) that ends in `value`, and its x; each is read by the next alone. */
export function clippedShift(graph: Graph, value: string): { nodes: Node[]; value: string } | undefined {
  const clip = graph.producer(value);
  const bounds = isOp(clip, 'Clip') ? clampBounds(clip, graph) : undefined;
  if (!clip || bounds?.low !== 0 || bounds.high !== 6) return undefined;
  const add = graph.producer(clip.inputs[0]!);
  const shift = byNumber(graph, add, 'Add');
  if (shift?.number !== 3 || soleReader(graph, add!.outputs[0]!) !== clip) return undefined;
  return { nodes: [add!, clip], value: shift.value };
}

/** Whether a number divides by 6, as a Div or a Mul does it. */
export function dividesBySix(graph: Graph, node: Node | undefined): string | undefined {
  const divided = byNumber(graph, node, 'Div');
  if (divided?.number === 6) return divided.value;
  const multiplied = byNumber(graph, node, 'Mul');
  return multiplied && isSixth(multiplied.number) ? multiplied.value : undefined;
}
