import type { DrawableEdge, DrawableGraph, DrawableGroup } from '../../../protocol/drawable.ts';
import { acyclicParts } from './acyclic.ts';
import { type Level, levelOf, splitLevel } from './level.ts';
import { markAlike } from './alike.ts';
import { type ChainPart, chainParts, conversions, partOfEach } from './models.ts';
import { namePaths } from './names.ts';
import { type Kinds, repeatedBlocks } from './repeats.ts';

export interface GroupingRequest {
  /** Ids of the nodes to group, in an order in which every node comes after those it reads from. No ends, none that are drawn into others. */
  readonly nodes: readonly number[];
  /** Edges of the graph; those with an end that is not among the nodes do not matter. */
  readonly edges: readonly DrawableEdge[];
  /** The group they all lie in, -1 for none. */
  readonly parent: number;
  /** What a node is like: nodes of repeated blocks have the same from block to block. */
  likeness(id: number): string;
  /** The scopes a node lies in, outermost first, where something better than its name says so. */
  path?(id: number): readonly string[] | undefined;
  /** Of a chain: its models by name, each with its layers under `NAME:`; they are the outermost groups. */
  readonly models?: readonly string[];
}

/** Levels of fewer nodes are seen at a glance. */
const fewestForBlocks = 12;
/** Of the nodes beside each other, how many names must put into groups for names to be believed: a half. */
const namedShare = 0.5;

/**
 * Adds groups to a drawing and puts the nodes into them: by the models of a chain, by their names where those have parts, by repeated blocks where names
 * say nothing. Folding any of them makes no circle. The same graph gives the same groups; time grows with nodes and edges.
 */
export function groupNodes(graph: DrawableGraph, request: GroupingRequest): void {
  const { nodes, parent, likeness } = request;
  const level = levelOf(nodes, request.edges);
  const paths = new Map<number, readonly string[]>();
  const first = graph.groups.length;
  // Looked for at first use: most levels inside of operators are too small for blocks.
  let joins: Uint8Array | undefined;
  const kinds: Kinds = {
    likeness,
    category: (id) => graph.nodes[id]!.category,
    joins: (id) => (joins ??= joiningNodes(graph.nodes.length, request.edges))[id] === 1,
  };
  const grouping = new Grouping(graph, paths, kinds);
  const whole = (some: Level, inside: number, { kind, prefix }: Partial<ChainPart> = {}): void => {
    const names = Array.from(some.ids, (id) => withoutPrefix(graph.nodes[id]!.name, prefix));
    // What leads to a model is told apart by its inputs.
    const named = kind === 'seam' ? names.map((name) => [name.split('/', 1)[0]!]) : namePaths(names);
    some.ids.forEach((id, at) => paths.set(id, request.path?.(id) ?? named[at]!));
    grouping.group(some, inside, grouping.commonDepth(some, 0));
  };
  if (request.models?.length) grouping.groupModels(level, parent, chainParts(request.models), whole);
  else whole(level, parent);
  markAlike(graph, first, level, likeness);
}

const withoutPrefix = (name: string, prefix = ''): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);

/** By id: whether a node reads from several nodes. */
function joiningNodes(count: number, edges: readonly DrawableEdge[]): Uint8Array {
  const source = new Int32Array(count).fill(-1);
  const joins = new Uint8Array(count);
  for (const { from, to } of edges) {
    if (source[to]! >= 0 && source[to] !== from) joins[to] = 1;
    source[to] = from;
  }
  return joins;
}

class Grouping {
  constructor(
    readonly graph: DrawableGraph,
    readonly paths: ReadonlyMap<number, readonly string[]>,
    readonly kinds: Kinds,
  ) {}

  /** One group for each model of a chain and each way into one, however small, and in it what `within` makes of it. */
  groupModels(
    level: Level,
    parent: number,
    parts: readonly ChainPart[],
    within: (level: Level, parent: number, part: ChainPart) => void,
  ): void {
    const named = partOfEach(level, parts, (id) => this.graph.nodes[id]!.name);
    const { part, from } = acyclicParts(level, named);
    const groups = [...from];
    const single = new Map<number, number>();
    for (const number of named) if (number >= 0) single.set(number, (single.get(number) ?? 0) + 1);
    const all = part.map((number, place) => (number < 0 && single.get(named[place]!) === 1 ? groups.push(named[place]!) - 1 : number));
    level.ids.forEach((id, place) => all[place]! < 0 && (this.graph.nodes[id]!.group = parent));
    splitLevel(level, all, groups.length).forEach((members, number) => {
      const own = parts[groups[number]!]!;
      const titles = Array.from(members.ids, (id) => this.graph.nodes[id]!.title);
      within(members, this.#add(own.kind, own.title, own.kind === 'seam' ? [conversions(titles)] : [], parent, members), own);
    });
  }

  /** Groups a level whose nodes have `common` parts of their names in common, and no more. */
  group(level: Level, parent: number, common: number): void {
    for (const id of level.ids) this.graph.nodes[id]!.group = parent;
    const byTitle = new Map<string, number>();
    const named = level.ids.map((id) => {
      const title = this.paths.get(id)![common];
      if (title === undefined) return -1;
      if (!byTitle.has(title)) byTitle.set(title, byTitle.size);
      return byTitle.get(title)!;
    });
    const { part, from } = acyclicParts(level, named);
    const inside = part.reduce((count, number) => count + (number >= 0 ? 1 : 0), 0);
    if (inside < namedShare * level.ids.length) return this.#groupByStructure(level, parent);
    const inner = splitLevel(level, part, from.length);
    const cuts = new Map<number, number>();
    for (const number of from) cuts.set(number, (cuts.get(number) ?? 0) + 1);
    const seen = new Map<number, number>();
    inner.forEach((members, number) => {
      const origin = from[number]!;
      const nth = (seen.get(origin) ?? 0) + 1;
      seen.set(origin, nth);
      const deeper = this.commonDepth(members, common + 1);
      const path = this.paths.get(members.ids[0]!)!.slice(common, deeper);
      const title = cuts.get(origin)! > 1 ? `${path.join('/')} (part ${nth} of ${cuts.get(origin)})` : path.join('/');
      this.group(members, this.#add('scope', title, [], parent, members), deeper);
    });
  }

  /** Repeated blocks, and blocks inside of them. */
  #groupByStructure(level: Level, parent: number): void {
    if (level.ids.length < fewestForBlocks) return;
    const blocks = repeatedBlocks(level, this.kinds);
    const { part, from } = acyclicParts(level, blocks.part);
    const inner = splitLevel(level, part, from.length);
    inner.forEach((members, number) => {
      const { nth, of } = blocks.places[from[number]!]!;
      const group = this.#add('repeat', `Block ${nth}`, [`${ordinal(nth)} of ${of}`], parent, members);
      for (const id of members.ids) this.graph.nodes[id]!.group = group;
      if (members.ids.length < level.ids.length) this.#groupByStructure(members, group);
    });
  }

  #add(
    kind: Exclude<DrawableGroup['kind'], 'node' | 'body'>,
    title: string,
    lines: readonly string[],
    parent: number,
    { ids }: Level,
  ): number {
    return (
      this.graph.groups.push({ kind, title, lines: [...lines, contents(Array.from(ids, (id) => this.graph.nodes[id]!.title))], parent }) - 1
    );
  }

  /** How many parts of their names all nodes share, from `depth` on. */
  commonDepth({ ids }: Level, depth: number): number {
    const first = this.paths.get(ids[0] ?? -1) ?? [];
    let common = first.length;
    for (const id of ids) {
      const path = this.paths.get(id)!;
      let same = depth;
      while (same < common && path[same] === first[same]) same++;
      common = Math.min(common, same);
    }
    return Math.max(common, depth);
  }
}

/** "3 × Conv, 2 × Relu": the most frequent first. */
function contents(titles: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const title of titles) counts.set(title, (counts.get(title) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = sorted.slice(0, 3).map(([title, count]) => (count > 1 ? `${count} × ${title}` : title));
  return sorted.length > 3 ? `${shown.join(', ')} …` : shown.join(', ');
}

function ordinal(value: number): string {
  const tens = value % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}
