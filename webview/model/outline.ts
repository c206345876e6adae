import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import type { ModelView } from '../../src/protocol/view.ts';
import type { ShownOverlay } from '../overlays/overlay.ts';
import { inOrder, type Order } from './order.ts';

/** One row of the table: a node, or a group that stands for what lies in it. */
export interface Row {
  /** "n12", "g3": the same as long as the graph is. */
  key: string;
  /** Node it shows; -1: a group. */
  node: number;
  /** Group that it unfolds, -1 for none. An operator with sub-graphs has one too. */
  group: number;
  /** Levels around it, from 0. */
  depth: number;
  open: boolean;
}

/** A graph as a tree of groups and nodes, in the order of the file; made once for each graph. */
export class Outline {
  readonly #graph: DrawableGraph;
  readonly #layers: ModelView['layers'];
  /** Rows inside each group; behind the last group those outside of all. */
  readonly #inside: Row[][];
  readonly #members = new Map<number, readonly number[]>();

  constructor(model: Pick<ModelView, 'layers'>, graph: DrawableGraph) {
    this.#graph = graph;
    this.#layers = model.layers;
    this.#inside = Array.from({ length: graph.groups.length + 1 }, () => []);
    this.#build();
  }

  /** Whether there are groups: without, the tree is a list. */
  get hasGroups(): boolean {
    return this.#graph.groups.length > 0;
  }

  /**
   * Rows from top to bottom: the tree in the file's order, or layers alone in another one. `found`: only those nodes, and what leads to them, which
   * is open whatever `open` says.
   */
  rows(open: ReadonlySet<number>, found: ReadonlySet<number> | undefined, order: Order, overlay?: ShownOverlay): Row[] {
    if (order.column !== 'index' || order.descending) {
      const layers = found ? this.#layers.filter(({ index }) => found.has(index)) : this.#layers;
      return inOrder(layers, order, overlay).map(({ index }) => row(index, -1, 0, false));
    }
    const rows: Row[] = [];
    this.#collect(this.#graph.groups.length, 0, open, found, rows);
    return rows;
  }

  /** Nodes in a group, those of the groups in it too. */
  members(group: number): readonly number[] {
    const known = this.#members.get(group);
    if (known) return known;
    const members = this.#inside[group]!.flatMap(({ node, group: inner }) => [
      ...(node >= 0 ? [node] : []),
      ...(inner >= 0 ? this.members(inner) : []),
    ]);
    this.#members.set(group, members);
    return members;
  }

  /** Nodes that a row stands for. */
  nodesOf({ node, group }: Row): readonly number[] {
    return node >= 0 ? [node] : this.members(group);
  }

  #build(): void {
    const { nodes, groups } = this.#graph;
    const outside = groups.length;
    const unfolds = new Map<number, number>();
    groups.forEach(({ owner }, id) => owner !== undefined && unfolds.set(owner, id));
    const first = groups.map(() => Infinity);
    nodes.forEach(({ group, kind }, id) => {
      if (kind !== 'operator') return;
      this.#inside[group < 0 ? outside : group]!.push(row(id, unfolds.get(id) ?? -1, 0, false));
      for (let at = group; at >= 0 && first[at] === Infinity; at = groups[at]!.parent) first[at] = id;
    });
    groups.forEach(({ parent, owner }, id) => {
      if (owner === undefined) this.#inside[parent < 0 ? outside : parent]!.push(row(-1, id, 0, false));
    });
    const place = ({ node, group }: Row): number => (node >= 0 ? node : first[group]!);
    for (const rows of this.#inside) rows.sort((a, b) => place(a) - place(b));
    const ends = (kind: 'input' | 'output'): Row[] => nodes.flatMap((node, id) => (node.kind === kind ? row(id, -1, 0, false) : []));
    this.#inside[outside] = [...ends('input'), ...this.#inside[outside]!, ...ends('output')];
  }

  /** Says whether anything was found in it. */
  #collect(group: number, depth: number, open: ReadonlySet<number>, found: ReadonlySet<number> | undefined, rows: Row[]): boolean {
    const before = rows.length;
    for (const { node, group: inner, key } of this.#inside[group]!) {
      const at = rows.length;
      const isOpen = inner >= 0 && (found !== undefined || open.has(inner));
      const shown = { key, node, group: inner, depth, open: isOpen };
      rows.push(shown);
      const below = isOpen && this.#collect(inner, depth + 1, open, found, rows);
      if (found && !below && (node < 0 || !found.has(node))) rows.length = at;
      else if (found && !below) shown.open = false;
    }
    return rows.length > before;
  }
}

const row = (node: number, group: number, depth: number, open: boolean): Row => ({
  key: node >= 0 ? `n${node}` : `g${group}`,
  node,
  group,
  depth,
  open,
});
