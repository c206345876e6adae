import type { DrawableEdge, DrawableGraph, DrawableGroup, DrawableNode } from '../../../protocol/drawable.ts';
import type { ValueView, ViewShape } from '../../../protocol/view.ts';

/** Two drawings as one: where each node of either went. */
export interface MergedIds {
  /** By id in the drawing of `a` and of `b`: the id in the merged one. */
  readonly ofA: Int32Array;
  readonly ofB: Int32Array;
  /** By merged id; -1: that model does not have it. */
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** Ids for the nodes of both drawings, in the order of `b`; what only `a` has stands before the node that comes behind it there. */
export function mergeIds(sizeA: number, sizeB: number, partnerOfA: Int32Array): MergedIds {
  const partnerOfB = new Int32Array(sizeB).fill(-1);
  partnerOfA.forEach((b, a) => {
    if (b >= 0) partnerOfB[b] = a;
  });
  const [ofA, ofB] = [new Int32Array(sizeA).fill(-1), new Int32Array(sizeB).fill(-1)];
  const [a, b]: [number[], number[]] = [[], []];
  const add = (one: number, other: number): void => {
    if (one >= 0) ofA[one] = a.length;
    if (other >= 0) ofB[other] = a.length;
    a.push(one);
    b.push(other);
  };
  let next = 0;
  const addRemoved = (until: number): void => {
    for (; next < until; next++) if (partnerOfA[next]! < 0) add(next, -1);
  };
  for (let other = 0; other < sizeB; other++) {
    const one = partnerOfB[other]!;
    if (one >= 0) addRemoved(one);
    add(one, other);
  }
  addRemoved(sizeA);
  return { ofA, ofB, a, b };
}

/** The drawing of both: nodes and edges that match once, with what they were and what they are. */
export function mergeDrawings(a: DrawableGraph, b: DrawableGraph, ids: MergedIds): DrawableGraph {
  const groups = mergeGroups(a, b, ids);
  const nodes = ids.a.map((one, id): DrawableNode => {
    const other = ids.b[id]!;
    const [before, after] = [a.nodes[one], b.nodes[other]];
    if (before && after) {
      const into = after.into === undefined ? undefined : ids.ofB[after.into]!;
      return { ...mergeFaces(before, after), group: groups.ofB(after.group), ...(into === undefined ? {} : { into }) };
    }
    if (after) return { ...after, group: groups.ofB(after.group), ...(after.into === undefined ? {} : { into: ids.ofB[after.into]! }) };
    return { ...before!, group: groups.ofA(before!.group), ...(before!.into === undefined ? {} : { into: ids.ofA[before!.into]! }) };
  });
  const { edges, values } = mergeEdges(a, b, ids);
  return { nodes, edges, values, groups: groups.all, notes: [...new Set([...a.notes, ...b.notes])] };
}

function mergeFaces(before: DrawableNode, after: DrawableNode): DrawableNode {
  const { into: _, ...face } = after;
  const lines = after.lines.map((line, i) => {
    const old = before.lines.length === after.lines.length ? before.lines[i]! : line;
    return old === line ? line : changedText(old, line);
  });
  return { ...face, title: before.title === after.title ? after.title : `${before.title} → ${after.title}`, lines };
}

/** "W 64×3×3×3" and "W 48×3×3×3": "W 64→48×3×3×3"; texts of another make stand beside each other. */
function changedText(before: string, after: string): string {
  const [left, right] = [before.split(/([×, ])/), after.split(/([×, ])/)];
  if (left.length !== right.length) return `${before} → ${after}`;
  return right.map((part, i) => (left[i] === part ? part : `${left[i]}→${part}`)).join('');
}

function mergeEdges(a: DrawableGraph, b: DrawableGraph, ids: MergedIds): Pick<DrawableGraph, 'edges' | 'values'> {
  const values: ValueView[] = b.values.map((value) => ({ ...value }));
  const key = ({ from, to, output, input }: DrawableEdge): string => `${from} ${output} ${to} ${input}`;
  const edges = b.edges.map((edge) => ({ ...edge, from: ids.ofB[edge.from]!, to: ids.ofB[edge.to]! }));
  const known = new Map(edges.map((edge) => [key(edge), edge]));
  const added = new Map<number, number>();
  for (const edge of a.edges) {
    const merged = { ...edge, from: ids.ofA[edge.from]!, to: ids.ofA[edge.to]! };
    const same = known.get(key(merged));
    const value = a.values[edge.value]!;
    if (same) values[same.value] = mergeValues(value, b.values[same.value]!);
    else {
      const at = added.get(edge.value) ?? values.push(value) - 1;
      added.set(edge.value, at);
      edges.push({ ...merged, value: at });
    }
  }
  return { edges, values };
}

/** One value in both models: where a dimension or the type differs, both: "64→48". */
export function mergeValues(a: ValueView, b: ValueView): ValueView {
  return { name: b.name, type: a.type === b.type ? b.type : `${a.type}→${b.type}`, shape: mergeShapes(a.shape, b.shape) };
}

function mergeShapes(a: ViewShape | null, b: ViewShape | null): ViewShape | null {
  if (!a || !b) return b ?? a;
  if (a.length === b.length) return b.map((dim, i) => (a[i] === dim ? dim : `${a[i] ?? '?'}→${dim ?? '?'}`));
  return [`${a.map((dim) => dim ?? '?').join('×')} → ${b.map((dim) => dim ?? '?').join('×')}`];
}

interface MergedGroups {
  readonly all: DrawableGroup[];
  ofA(group: number): number;
  ofB(group: number): number;
}

/** Groups of `b`, and those of `a` that have no like there: the group in which most of its matched nodes lie. */
function mergeGroups(a: DrawableGraph, b: DrawableGraph, ids: MergedIds): MergedGroups {
  const all = b.groups.map((group) => ({ ...group, ...(group.owner === undefined ? {} : { owner: ids.ofB[group.owner]! }) }));
  const likes = groupLikes(a, b, ids);
  const ofA: number[] = [];
  const taken = new Set<number>();
  a.groups.forEach((group, index) => {
    const like = likes.get(index);
    if (like !== undefined && !taken.has(like)) {
      taken.add(like);
      ofA[index] = like;
      return;
    }
    const parent = group.parent < 0 ? -1 : ofA[group.parent]!;
    const owner = group.owner === undefined ? undefined : ids.ofA[group.owner]!;
    // An operator is drawn in place of one group only.
    const open = owner !== undefined && all.some((other) => other.owner === owner);
    ofA[index] = open
      ? all.findIndex((other) => other.owner === owner)
      : all.push({ ...group, parent, ...(owner === undefined ? {} : { owner }), alike: undefined }) - 1;
  });
  return { all, ofA: (group) => (group < 0 ? -1 : ofA[group]!), ofB: (group) => group };
}

function groupLikes(a: DrawableGraph, b: DrawableGraph, ids: MergedIds): Map<number, number> {
  const votes = new Map<number, Map<number, number>>();
  ids.a.forEach((one, id) => {
    const [left, right] = [a.nodes[one]?.group ?? -1, b.nodes[ids.b[id]!]?.group ?? -1];
    if (left < 0 || right < 0) return;
    for (const [from, to] of ancestry(a, left, b, right)) {
      const counts = votes.get(from) ?? new Map<number, number>();
      votes.set(from, counts.set(to, (counts.get(to) ?? 0) + 1));
    }
  });
  const likes = new Map<number, number>();
  for (const [from, counts] of votes) likes.set(from, [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]);
  return likes;
}

/** The groups around two nodes level by level from the outside. */
function ancestry(a: DrawableGraph, left: number, b: DrawableGraph, right: number): [number, number][] {
  const [up, other] = [chain(a, left), chain(b, right)];
  return Array.from({ length: Math.min(up.length, other.length) }, (_, i) => [up[i]!, other[i]!]);
}

function chain({ groups }: DrawableGraph, group: number): number[] {
  const found: number[] = [];
  for (let at = group; at >= 0; at = groups[at]!.parent) found.unshift(at);
  return found;
}
