import { LatheError } from '../base/errors.ts';
import type { XirGraph, XirOp, XirSubgraph } from './graph.ts';

/** Real tensors have at most six axes. */
const mostAxes = 16;
const shownNames = 3;
const shownText = 80;

/**
 * The graph with every op behind those that it reads, and what is odd about it in sentences. Throws LatheError for what cannot be shown: `xir.name`
 * (two ops of one name), `xir.circle` (ops that wait for each other), `xir.shape`.
 */
export function checkXir(graph: XirGraph, file?: string): { graph: XirGraph; findings: string[] } {
  const places = new Map<string, number>();
  graph.ops.forEach(({ name, tensor }, at) => {
    if (places.has(name)) throw new LatheError('xir.name', 'two operators have the same name', { file, node: short(name) });
    if (tensor.shape.length > mostAxes)
      throw new LatheError('xir.shape', `its result has ${tensor.shape.length} axes`, { file, node: short(name) });
    places.set(name, at);
  });
  const findings: string[] = [];
  const missing = graph.ops.filter((op) => operands(op).some((name) => !places.has(name)));
  if (missing.length) findings.push(`${listed(missing)} ${missing.length === 1 ? 'reads' : 'read'} what nothing in the file makes.`);
  const late = graph.ops.filter((op, at) => operands(op).some((name) => (places.get(name) ?? -1) >= at));
  const sorted = late.length ? { ...graph, ops: inOrder(graph.ops, places, file) } : graph;
  if (late.length)
    findings.push(
      `${listed(late)} ${late.length === 1 ? 'stands' : 'stand'} before what it reads: the vendor's library crashes on such a file.`,
    );
  const strange = strangers(graph.root, places);
  if (strange > 0) findings.push(`Its sub-graphs name ${strange} ${strange === 1 ? 'operator' : 'operators'} that the file does not have.`);
  return { graph: sorted, findings };
}

/** Names of all ops that one reads. */
export const operands = (op: XirOp): string[] => (op.inputs.size === 0 ? [] : [...op.inputs.values()].flat());

const short = (name: string): string => (name.length > shownText ? `${name.slice(0, shownText)}…` : name);

const listed = (ops: readonly XirOp[]): string =>
  ops.slice(0, shownNames).map(({ name }) => JSON.stringify(short(name))).join(', ') +
  (ops.length > shownNames ? ` and ${ops.length - shownNames} more` : ''); // prettier-ignore

/** Ops in the file's order as far as what they read allows it (Kahn 1962). */
function inOrder(ops: readonly XirOp[], places: ReadonlyMap<string, number>, file: string | undefined): XirOp[] {
  const readers: number[][] = ops.map(() => []);
  const waiting = ops.map((op, at) => {
    const from = [...new Set(operands(op).flatMap((name) => places.get(name) ?? []))];
    for (const maker of from) readers[maker]!.push(at);
    return from.length;
  });
  const ready = ops.flatMap((_, at) => (waiting[at] === 0 ? [at] : []));
  const sorted: XirOp[] = [];
  for (let next = 0; next < ready.length; next++) {
    const at = ready[next]!;
    sorted.push(ops[at]!);
    for (const reader of readers[at]!) if (--waiting[reader]! === 0) ready.push(reader);
  }
  if (sorted.length === ops.length) return sorted;
  const circle = ops[waiting.findIndex((count) => count > 0)]!;
  throw new LatheError('xir.circle', 'operators wait for each other in a circle', { file, node: short(circle.name) });
}

function strangers(root: XirSubgraph | undefined, places: ReadonlyMap<string, number>): number {
  let count = 0;
  const walk = (part: XirSubgraph): void => {
    for (const name of part.ops) if (!places.has(name)) count++;
    part.children.forEach(walk);
  };
  if (root) walk(root);
  return count;
}
