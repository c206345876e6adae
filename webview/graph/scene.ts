import { visible } from '../../src/protocol/format.ts';
import type { DrawableGraph, NodeCategory } from '../../src/protocol/drawable.ts';
import type { LayoutInput } from '../layout/types.ts';
import { boxSize, titleHeight } from './box-size.ts';
import { shortened, type Measure } from './text.ts';

/** One thing that is drawn: a node, a folded group, or the frame around what lies in an open one. */
export interface Box {
  kind: 'operator' | 'input' | 'output' | 'group';
  /** Node it shows; -1 for a group. Of the frame of an open `node` group: its owner. */
  node: number;
  /** Group that it is, or that the operator unfolds into; -1: there is nothing to unfold. */
  group: number;
  /** Others lie in it. */
  container: boolean;
  /** Box it lies in, -1 for none. */
  parent: number;
  depth: number;
  category: NodeCategory;
  title: string;
  /** Full; '' where the title says it already. */
  name: string;
  /** As they are drawn, after the title. */
  lines: string[];
}

/** A line between two boxes. */
export interface SceneEdge {
  from: number;
  to: number;
  /** Edges of the graph that it stands for. */
  edges: number[];
}

/** What is to be seen of a graph while some of its groups are open. */
export interface Scene {
  graph: DrawableGraph;
  boxes: Box[];
  edges: SceneEdge[];
  /** Box that shows a node: its own, its folded group's, that of the node it is a part of. */
  boxOf: Int32Array;
  /** Box of a group, -1 while it lies in a folded one. */
  boxOfGroup: Int32Array;
  /** Nodes of boxes that are folded groups or operators with something inside. */
  folded: ReadonlyMap<number, number[]>;
  /** To be laid out: boxes in the same order, edges in the same order. */
  input: LayoutInput;
}

/** Signs of a line at most: a box does not grow beyond what is read at a glance. */
const lineRoom = 30;

export function buildScene(graph: DrawableGraph, open: ReadonlySet<number>, measure: Measure): Scene {
  const boxes: Box[] = [];
  const boxOfGroup = new Int32Array(graph.groups.length).fill(-1);
  const boxOf = new Int32Array(graph.nodes.length).fill(-1);
  const owned = new Map<number, number>();
  graph.groups.forEach(({ kind, owner }, group) => kind === 'node' && owner !== undefined && owned.set(owner, group));
  const state = groupStates(graph, open);

  graph.groups.forEach((group, id) => {
    if (state[id] === 'hidden' || (state[id] === 'folded' && group.kind === 'node' && group.owner !== undefined)) return;
    const parent = group.parent < 0 ? -1 : boxOfGroup[group.parent]!;
    boxOfGroup[id] =
      boxes.push({
        kind: 'group',
        node: group.kind === 'node' ? (group.owner ?? -1) : -1,
        group: id,
        container: false,
        parent,
        depth: parent < 0 ? 0 : boxes[parent]!.depth + 1,
        category: 'other',
        title: line(group.title),
        name: '',
        lines: group.lines.slice(0, 2).map(line),
      }) - 1;
  });
  graph.nodes.forEach((node, id) => {
    const group = owned.get(id);
    const within = node.group;
    if (node.into !== undefined || (within >= 0 && state[within] !== 'open')) return;
    if (group !== undefined && state[group] === 'open') {
      boxOf[id] = boxOfGroup[group]!;
      return;
    }
    const parent = within < 0 ? -1 : boxOfGroup[within]!;
    const name = node.name === node.title ? '' : node.name;
    boxOf[id] =
      boxes.push({
        kind: node.kind,
        node: id,
        group: group ?? -1,
        container: false,
        parent,
        depth: parent < 0 ? 0 : boxes[parent]!.depth + 1,
        category: node.category,
        title: line(node.title),
        name,
        lines: [...(name ? [line(withoutModel(name, within, graph))] : []), ...node.lines.slice(0, 3).map(line)],
      }) - 1;
    if (group !== undefined) boxOfGroup[group] = boxOf[id]!;
  });
  for (const { parent } of boxes) if (parent >= 0) boxes[parent]!.container = true;
  graph.groups.forEach(({ parent }, id) => {
    if (boxOfGroup[id]! < 0 && parent >= 0) boxOfGroup[id] = boxOfGroup[parent]!;
  });
  graph.nodes.forEach((_, id) => {
    const shown = rootOf(graph, id);
    const within = graph.nodes[shown]!.group;
    if (boxOf[id]! < 0) boxOf[id] = boxOf[shown]! >= 0 ? boxOf[shown]! : within >= 0 ? boxOfGroup[within]! : -1;
  });
  const edges = mergeEdges(graph, boxes, boxOf);
  return {
    graph,
    boxes,
    edges,
    boxOf,
    boxOfGroup,
    folded: foldedNodes(graph, boxes, boxOf),
    input: layoutInput(graph, boxes, edges, measure),
  };
}

/** Texts may be hostile and a megabyte long: cut before anything is done with them, and again where signs that are not shown became longer. */
const line = (text: string): string => shortened(visible(shortened(text, lineRoom)), lineRoom);

/** "detect:/conv1/Conv" in the group of the model "detect": "/conv1/Conv"; "seam:detect/image/Mul" before it: "image/Mul". */
function withoutModel(name: string, within: number, { groups }: DrawableGraph): string {
  let at = within;
  while (at >= 0 && groups[at]!.kind !== 'model' && groups[at]!.kind !== 'seam') at = groups[at]!.parent;
  if (at < 0) return name;
  const { kind, title } = groups[at]!;
  if (kind === 'seam') return /^seam:[^/]*\/(.+)$/s.exec(name)?.[1] ?? name;
  return name.startsWith(`${title}:`) ? name.slice(title.length + 1) : name;
}

function groupStates({ groups }: DrawableGraph, open: ReadonlySet<number>): ('open' | 'folded' | 'hidden')[] {
  const state: ('open' | 'folded' | 'hidden')[] = [];
  groups.forEach(({ parent }, id) => {
    state[id] = parent >= 0 && state[parent] !== 'open' ? 'hidden' : open.has(id) ? 'open' : 'folded';
  });
  return state;
}

/** The node that a folded-in one is drawn with: at the end of a chain of parts. */
function rootOf({ nodes }: DrawableGraph, id: number): number {
  let root = id;
  for (let steps = 0; nodes[root]!.into !== undefined && steps < 16; steps++) root = nodes[root]!.into!;
  return root;
}

/**
 * One line for all edges between the same two boxes, in the order of the first. Left out are those that something else stands for: of an operator
 * while it is open, and those that cross the border of a folded one, which has the same of its own.
 */
function mergeEdges(graph: DrawableGraph, boxes: readonly Box[], boxOf: Int32Array): SceneEdge[] {
  const merged = new Map<number, SceneEdge>();
  /** Box at which a node's edges end. */
  const ends = graph.nodes.map((_, id) => {
    const box = boxes[boxOf[id]!];
    return !box || box.container || (box.node >= 0 && box.node !== id) ? -1 : boxOf[id]!;
  });
  graph.edges.forEach(({ from, to }, edge) => {
    const [source, target] = [ends[from]!, ends[to]!];
    if (source < 0 || target < 0 || (source === target && from !== to)) return;
    const key = source * boxes.length + target;
    const known = merged.get(key);
    if (known) known.edges.push(edge);
    else merged.set(key, { from: source, to: target, edges: [edge] });
  });
  return [...merged.values()];
}

function layoutInput(graph: DrawableGraph, boxes: readonly Box[], edges: readonly SceneEdge[], measure: Measure): LayoutInput {
  const [width, height] = [new Float32Array(boxes.length), new Float32Array(boxes.length)];
  boxes.forEach((box, id) => ([width[id], height[id]] = boxSize(box, measure)));
  return {
    width,
    height,
    parent: Int32Array.from(boxes, ({ parent }) => parent),
    container: Uint8Array.from(boxes, ({ container }) => (container ? 1 : 0)),
    titleHeight,
    edges: Int32Array.from(edges.flatMap(({ from, to }) => [from, to])),
    values: Int32Array.from(edges, (edge, id) => onlyValue(graph, edge) ?? -1 - id),
  };
}

/** What a line carries where that is one value. */
function onlyValue(graph: DrawableGraph, { edges }: SceneEdge): number | undefined {
  const first = graph.edges[edges[0]!]!.value;
  return edges.every((edge) => graph.edges[edge]!.value === first) ? first : undefined;
}

/** Nodes in each folded box, in the graph's order; parts of others are left out. */
function foldedNodes({ nodes }: DrawableGraph, boxes: readonly Box[], boxOf: Int32Array): Map<number, number[]> {
  const inside = new Map<number, number[]>();
  nodes.forEach(({ into }, node) => {
    const box = boxOf[node]!;
    if (into !== undefined || box < 0 || boxes[box]!.container || boxes[box]!.group < 0) return;
    const list = inside.get(box);
    if (list) list.push(node);
    else inside.set(box, [node]);
  });
  return inside;
}

/** Nodes that a box stands for, in the graph's order: one, or all inside a group, open or folded. */
export function nodesOf({ graph, boxes, folded }: Scene, box: number): readonly number[] {
  const { node, group, container } = boxes[box]!;
  if (!container) return folded.get(box) ?? (node < 0 ? [] : [node]);
  const groups = new Set([group]);
  graph.groups.forEach(({ parent }, id) => groups.has(parent) && groups.add(id));
  return graph.nodes.flatMap((inner, id) => (groups.has(inner.group) && inner.into === undefined ? [id] : []));
}
