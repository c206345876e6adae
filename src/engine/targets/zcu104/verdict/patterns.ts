import type { Node } from '../../../onnx/graph.ts';
import type { DataFlow } from '../../verdict/data-flow.ts';

/** Activations that exporters write as several nodes. */

/** x · f(x), f made by `op`. */
function timesOwn(flow: DataFlow, product: Node, op: string): Node | undefined {
  if (product.op !== 'Mul' || product.inputs.length !== 2) return undefined;
  return product.inputs
    .map((input) => flow.maker(input))
    .find((maker, index) => maker?.op === op && flow.origin(maker.inputs[0] ?? '') === flow.origin(product.inputs[1 - index] ?? ''));
}

/** Whether a Mul is the product of a Swish (SiLU), x · Sigmoid(x). */
export const isSwish = (flow: DataFlow, product: Node): boolean => timesOwn(flow, product, 'Sigmoid') !== undefined;

/** The Mul behind a Sigmoid that makes a Swish of it. */
export const swishBehind = (flow: DataFlow, sigmoid: Node): Node | undefined =>
  flow.readers(sigmoid).find((reader) => timesOwn(flow, reader, 'Sigmoid') === sigmoid);

/** The number that a node adds, multiplies or divides by. */
function constantOf(flow: DataFlow, node: Node): number | undefined {
  if (node.op === 'Div') return flow.number(node.inputs[1] ?? '');
  return node.inputs.map((input) => flow.number(input)).find((number) => number !== undefined);
}

const isDivisionBySix = (flow: DataFlow, node: Node | undefined): boolean => {
  const factor = node && constantOf(flow, node);
  if (factor === undefined) return false;
  return node!.op === 'Div' ? factor === 6 : node!.op === 'Mul' && Math.abs(factor - 1 / 6) < 1e-6;
};

/** Of a hard sigmoid or hard swish in parts: what it begins with, and its nodes. */
export interface HardPattern {
  readonly kind: 'HardSigmoid' | 'HardSwish';
  readonly nodes: readonly Node[];
}

/** Clip(x + 3, 0, 6) / 6, with the product by x before or behind the division. `start`: the Add of 3. */
export function hardPattern(flow: DataFlow, start: Node): HardPattern | undefined {
  if (start.op !== 'Add' || constantOf(flow, start) !== 3) return undefined;
  const clip = flow.onlyReader(start);
  if (!clip || !isZeroToSix(flow, clip)) return undefined;
  const data = start.inputs.find((input) => !flow.isSettled(input)) ?? '';
  const byOwn = (node: Node | undefined): boolean =>
    node?.op === 'Mul' && node.inputs.some((input) => flow.origin(input) === flow.origin(data));
  const next = flow.onlyReader(clip);
  const last = next && flow.onlyReader(next);
  if (next && isDivisionBySix(flow, next)) {
    return byOwn(last) ? { kind: 'HardSwish', nodes: [start, clip, next, last!] } : { kind: 'HardSigmoid', nodes: [start, clip, next] };
  }
  return byOwn(next) && isDivisionBySix(flow, last) ? { kind: 'HardSwish', nodes: [start, clip, next!, last!] } : undefined;
}

/** Clip to 0 … 6 (bounds are attributes before opset 11). */
function isZeroToSix(flow: DataFlow, node: Node): boolean {
  if (node.op !== 'Clip') return false;
  const bound = (index: number, name: string): number | undefined =>
    node.attributes.has(name) ? node.float(name, NaN) : flow.number(node.inputs[index] ?? '');
  return bound(1, 'min') === 0 && bound(2, 'max') === 6;
}

/** The hard sigmoid or hard swish in parts that a node is one of. */
export function hardPatternAround(flow: DataFlow, node: Node): HardPattern | undefined {
  const seen = new Set<Node>();
  let open = [node];
  for (let steps = 0; steps < 4 && open.length > 0; steps++) {
    for (const candidate of open) {
      seen.add(candidate);
      const pattern = hardPattern(flow, candidate);
      if (pattern?.nodes.includes(node)) return pattern;
    }
    open = open.flatMap((candidate) => flow.makers(candidate)).filter((maker) => partOps.has(maker.op) && !seen.has(maker));
  }
  return undefined;
}

const partOps = new Set(['Add', 'Clip', 'Mul', 'Div']);
