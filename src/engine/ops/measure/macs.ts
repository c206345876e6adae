import type { Node } from '../../onnx/graph.ts';
import { lookUp, type Scope } from '../infer.ts';
import { recordIn } from './weights.ts';

/**
 * Multiply-adds of one node; null while a dimension it needs is free. An If counts its dearer branch, Loop and Scan their body times
 * the number of rounds, a function call its body; operators that are not known count nothing.
 */
export function nodeMacs(scope: Scope, node: Node): number | null {
  const inner = scope.inner.get(node);
  if (inner) return innerMacs(scope, node, inner);
  const count = recordIn(scope, node)?.macs;
  if (!count) return 0;
  const infos = (names: readonly string[]) => names.map((name) => (name === '' ? undefined : lookUp(scope, name)));
  return count(node, infos(node.inputs), infos(node.outputs)) ?? null;
}

/** Sum over a whole graph. */
export function scopeMacs(scope: Scope): number | null {
  let total = 0;
  for (const node of scope.nodes) {
    const macs = nodeMacs(scope, node);
    if (macs === null) return null;
    total += macs;
  }
  return total;
}

function innerMacs(scope: Scope, node: Node, inner: readonly Scope[]): number | null {
  const each = inner.map(scopeMacs);
  if (each.includes(null)) return null;
  const dearest = Math.max(...(each as number[]));
  const rounds = dearest === 0 ? 0 : roundsOf(scope, node);
  return rounds === null ? null : dearest * rounds;
}

/** How often the body runs: the trip count of a Loop where it is constant, the length of a Scan, once for all others. */
function roundsOf(scope: Scope, node: Node): number | null {
  if (node.op === 'Loop') {
    const trips = lookUp(scope, node.inputs[0] ?? '')?.elements?.[0];
    return typeof trips === 'number' ? Math.max(trips, 0) : null;
  }
  if (node.op === 'Scan') {
    const scanned = node.int('num_scan_inputs', 1);
    const shape = lookUp(scope, node.inputs.at(-scanned) ?? '')?.shape;
    const length = shape?.at(node.ints('scan_input_axes')?.[0] ?? 0);
    return typeof length === 'number' ? length : null;
  }
  return 1;
}
