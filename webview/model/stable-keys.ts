import type { DrawableGraph } from '../../src/protocol/drawable.ts';

/** Longer names are told apart by their beginning and their place among those that begin alike. */
const longestKey = 200;

/**
 * Keys of nodes and groups under which a view remembers them: made of names, so that they hold when the file changes a little. Equal names are
 * numbered in the graph's order.
 */
export class StableKeys {
  readonly #nodes: readonly string[];
  readonly #groups: readonly string[];

  constructor(graph: DrawableGraph) {
    const number = numbering();
    this.#nodes = graph.nodes.map(({ kind, name }) => number(`${kind === 'operator' ? '' : `${kind}:`}${name.slice(0, longestKey)}`));
    const groups: string[] = [];
    const numberGroup = numbering();
    for (const { kind, title, parent } of graph.groups)
      groups.push(numberGroup(`${(groups[parent] ?? '').slice(-2 * longestKey)}/${kind}:${title.slice(0, longestKey)}`));
    this.#groups = groups;
  }

  node(id: number): string {
    return this.#nodes[id] ?? '';
  }

  group(id: number): string {
    return this.#groups[id] ?? '';
  }

  /** Ids of the nodes that are still there, in the order of the keys. */
  nodes(keys: readonly string[]): number[] {
    return places(this.#nodes, keys);
  }

  groups(keys: readonly string[]): number[] {
    return places(this.#groups, keys);
  }
}

function numbering(): (key: string) => string {
  const seen = new Map<string, number>();
  return (key) => {
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return times === 0 ? key : `${key} #${times + 1}`;
  };
}

function places(all: readonly string[], keys: readonly string[]): number[] {
  if (keys.length === 0) return [];
  const places = new Map(all.map((key, id) => [key, id]));
  return keys.flatMap((key) => places.get(key) ?? []);
}
