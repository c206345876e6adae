import { aboutXir, number, type XirAbout } from '../../xir/about.ts';
import { amount } from '../../xir/amount.ts';
import { operands } from '../../xir/check.ts';
import type { XirGraph, XirOp, XirSubgraph } from '../../xir/graph.ts';
import { storedOps, valueType, type StoredOperand } from '../../xir/stored.ts';
import type { DrawableGraph, DrawableNode } from '../../../protocol/drawable.ts';
import { acyclicParts } from '../grouping/acyclic.ts';
import { groupNodes } from '../grouping/group.ts';
import { levelOf } from '../grouping/level.ts';
import { faceOfXir } from './face.ts';
import { attributeValue } from './values.ts';
import { categoryOfXir } from './words.ts';

/** A file of XIR as the graph view draws it, and what is known of its nodes. */
export interface XirDrawing {
  readonly graph: DrawableGraph;
  /** Layers, by id: all ops but inputs and what is stored. */
  readonly layers: readonly XirOp[];
  readonly inputs: readonly XirOp[];
  readonly outputs: readonly XirOp[];
  readonly about: XirAbout;
  /** Constants, and what is computed from them alone. */
  readonly stored: ReadonlyMap<string, StoredOperand>;
  readonly ops: ReadonlyMap<string, XirOp>;
  /** Node of each layer and input by the op's name. */
  readonly nodeOf: ReadonlyMap<string, number>;
}

/** Characters of a name or title. */
const longestText = 300;
const shownAttributes = 24;
/** Sub-graphs inside each other that become groups. */
const deepestGroup = 8;

const isInput = ({ type }: XirOp): boolean => type === 'data' || type === 'data-fix';
const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);

/** The graph of a checked file: stored tensors belong to their readers, parts of a compiled one are groups with their device. */
export function drawXir(graph: XirGraph): XirDrawing {
  const stored = storedOps(graph);
  const ops = new Map(graph.ops.map((op) => [op.name, op]));
  const drawn = graph.ops.filter(({ name }) => !stored.has(name));
  const [layers, inputs] = [drawn.filter((op) => !isInput(op)), drawn.filter(isInput)];
  const outputs = resultsOf(graph, layers);
  const about = aboutXir(graph);
  const nodes = [
    ...layers.map((op) => layerNode(op, stored)),
    ...inputs.map(({ name }) => endNode('input', name)),
    ...outputs.map(({ name }) => endNode('output', name)),
  ];
  const drawing: DrawableGraph = { nodes, edges: [], values: [], groups: [], notes: [] };
  const nodeOf = new Map([...layers, ...inputs].map((op, id) => [op.name, id]));
  connect(drawing, { layers, outputs, ops, nodeOf });
  if (graph.root?.children.length) addParts(drawing, graph.root, about, nodeOf);
  else {
    const likeness = (id: number): string =>
      `${layers[id]!.type} ${[...layers[id]!.tensor.shape].slice(0, 8).join('×')} ${nodes[id]!.lines[0] ?? ''}`;
    const ids = layers.map((_, id) => id);
    groupNodes(drawing, { nodes: ids, edges: drawing.edges, parent: -1, likeness, path: (id) => modulePath(layers[id]!.name) });
  }
  return { graph: drawing, layers, inputs, outputs, about, stored, ops, nodeOf };
}

/** The ops that the graph is run for; where it does not say, those that nobody reads. */
function resultsOf(graph: XirGraph, layers: readonly XirOp[]): XirOp[] {
  const named = graph.attributes.get('return_ops');
  if (named?.kind === 'string_vec') {
    const wanted = new Set(named.value);
    const found = layers.filter(({ name }) => wanted.has(name));
    if (found.length) return found;
  }
  const read = new Set(graph.ops.flatMap(operands));
  return layers.filter(({ name }) => !read.has(name));
}

function layerNode(op: XirOp, stored: ReadonlyMap<string, StoredOperand>): DrawableNode {
  const attributes = [...op.attributes]
    .slice(0, shownAttributes)
    .map(([name, value]) => `${name.slice(0, 60)}=${attributeValue(value).slice(0, 60)}`);
  return {
    kind: 'operator',
    category: categoryOfXir(op.type),
    title: cut(op.type),
    name: cut(op.name),
    lines: faceOfXir(op, (name) => stored.get(name)),
    group: -1,
    ...(attributes.length ? { attributes: attributes.join('\n') } : {}),
  };
}

const endNode = (kind: 'input' | 'output', name: string): DrawableNode => ({
  kind,
  category: 'end',
  title: cut(name),
  name: cut(name),
  lines: [],
  group: -1,
});

function connect(
  { edges, values }: DrawableGraph,
  { layers, outputs, ops, nodeOf }: Pick<XirDrawing, 'layers' | 'outputs' | 'ops' | 'nodeOf'>,
): void {
  const valueOf = new Map<string, number>();
  const add = (name: string, to: number, input: number): void => {
    const [from, op] = [nodeOf.get(name), ops.get(name)];
    if (from === undefined || !op) return;
    const known = valueOf.get(name) ?? values.push({ name: cut(op.tensor.name || name), type: valueType(op), shape: op.tensor.shape }) - 1;
    valueOf.set(name, known);
    edges.push({ from, to, value: known, output: 0, input });
  };
  layers.forEach((op, id) => operands(op).forEach((name, input) => add(name, id, input)));
  outputs.forEach(({ name }, at) => add(name, nodeOf.size + at, 0));
}

/** A part that becomes a group, with the ids of the layers in it. */
interface Part {
  readonly part: XirSubgraph;
  readonly title: string;
  readonly lines: string[];
}

/** Parts of a compiled graph, and in them those parts that hold several layers. Folding one makes no circle. */
function addParts(drawing: DrawableGraph, root: XirSubgraph, about: XirAbout, nodeOf: ReadonlyMap<string, number>): void {
  groupParts(drawing, deviceParts(root, about), { parent: -1, depth: 0, nodeOf });
  for (const node of drawing.nodes) {
    if (node.kind !== 'operator' || node.group >= 0) continue;
    const device = about.deviceOf.get(node.name);
    // A part of a single layer has no box around it.
    if (device) node.lines.push(`on ${cut(device)}`);
  }
}

/** "DPU", or "DPU 1 of 2". */
function deviceParts(root: XirSubgraph, { parts }: XirAbout): Part[] {
  const counts = new Map<string, number>();
  for (const { device } of parts) counts.set(device, (counts.get(device) ?? 0) + 1);
  const seen = new Map<string, number>();
  return root.children.map((part, at) => {
    const { device, workload, workloadOnArch } = parts[at]!;
    const nth = (seen.get(device) ?? 0) + 1;
    seen.set(device, nth);
    const title = `${device || 'no device'}${counts.get(device)! > 1 ? ` ${nth} of ${counts.get(device)}` : ''}`;
    return { part, title: cut(title), lines: [cut(part.name), ...workloadLine(workload, workloadOnArch)] };
  });
}

interface Place {
  readonly parent: number;
  readonly depth: number;
  readonly nodeOf: ReadonlyMap<string, number>;
}

function groupParts(drawing: DrawableGraph, parts: readonly Part[], { parent, depth, nodeOf }: Place): void {
  const numberOf = new Map<number, number>();
  parts.forEach(({ part }, number) => {
    for (const name of membersOf(part)) {
      const id = nodeOf.get(name);
      if (id !== undefined && drawing.nodes[id]!.kind === 'operator' && !numberOf.has(id)) numberOf.set(id, number);
    }
  });
  const ids = [...numberOf.keys()].sort((a, b) => a - b);
  const level = levelOf(ids, drawing.edges);
  const { part, from } = acyclicParts(
    level,
    Int32Array.from(ids, (id) => numberOf.get(id)!),
  );
  const groups = from.map((number) => drawing.groups.push({ kind: 'scope', ...described(parts[number]!), parent }) - 1);
  part.forEach((number, place) => (drawing.nodes[ids[place]!]!.group = number < 0 ? parent : groups[number]!));
  if (depth >= deepestGroup) return;
  from.forEach((number, at) => {
    const { children } = parts[number]!.part;
    // A part that was cut because data leaves it and comes back is shown without what lies in it.
    if (children.length < 2 || from.indexOf(number) !== from.lastIndexOf(number)) return;
    const inner = children.map((child) => ({ part: child, title: cut(child.name), lines: workloadOf(child) }));
    groupParts(drawing, inner, { parent: groups[at]!, depth: depth + 1, nodeOf });
  });
}

const described = ({ title, lines }: Part): Pick<Part, 'title' | 'lines'> => ({ title, lines });
const workloadOf = ({ attributes }: XirSubgraph): string[] =>
  workloadLine(number(attributes, 'workload'), number(attributes, 'workload_on_arch'));
const workloadLine = (workload: number, onArch: number): string[] =>
  workload > 0 ? [`${amount(workload)} operations${onArch > workload ? `, ${amount(onArch)} with padding` : ''}`] : [];

const membersOf = (part: XirSubgraph): string[] => (part.children.length ? part.children.flatMap(membersOf) : [...part.ops]);

/** vai_q_pytorch names an op by its modules, two underscores between them: "Net__Net_Sequential_layer1__input_3". */
function modulePath(name: string): string[] | undefined {
  const parts = name.slice(0, longestText).split('__');
  // The last part is the value, the one before the module that makes it.
  return parts.length > 2 ? parts.slice(0, -2) : undefined;
}
