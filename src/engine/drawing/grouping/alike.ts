import type { DrawableGroup, DrawableNode } from '../../../protocol/drawable.ts';
import type { Level } from './level.ts';

/**
 * Numbers the groups from `first` on that are alike inside: the same kinds of nodes in the same order, joined in the same way. A group like no other
 * has no number. Groups lie in each other as deep as names have parts, so time grows with the nodes times that.
 */
export function markAlike(
  { nodes, groups }: { readonly nodes: readonly DrawableNode[]; readonly groups: DrawableGroup[] },
  first: number,
  { ids, from, to }: Level,
  likeness: (id: number) => string,
): void {
  if (groups.length === first) return;
  const kinds = new Map<string, number>();
  const contents = Array.from({ length: groups.length - first }, () => new Contents());
  // Place of a node among those of its groups, by depth of the group: a node has one place in each group around it.
  const places = Array.from(ids, (id) => {
    const kind = likeness(id);
    if (!kinds.has(kind)) kinds.set(kind, kinds.size);
    const own: number[] = [];
    for (let at = nodes[id]!.group; at >= first; at = groups[at]!.parent) own.push(at, contents[at - first]!.addNode(kinds.get(kind)!));
    return own;
  });
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [places[from[e]!]!, places[to[e]!]!];
    // Both lists end with the outermost group: what they share is their common end.
    for (let i = a.length - 2, j = b.length - 2; i >= 0 && j >= 0 && a[i] === b[j]; i -= 2, j -= 2) {
      contents[a[i]! - first]!.addEdge(a[i + 1]!, b[j + 1]!);
    }
  }
  const numbers = new Map<string, number[]>();
  contents.forEach((content, i) => {
    const key = `${groups[first + i]!.kind} ${content.key()}`;
    const known = numbers.get(key);
    if (known) known.push(first + i);
    else numbers.set(key, [first + i]);
  });
  for (const same of numbers.values()) if (same.length > 1) for (const group of same) groups[group]!.alike = same[0]!;
}

/** What lies in a group, as two sums that change with every node and edge and their order: 64 bits together, so that two groups are not alike by chance. */
class Contents {
  #nodes = 0;
  #edges = 0;
  #one = 0x811c9dc5;
  #two = 0x9e3779b9;

  addNode(kind: number): number {
    this.#mix(kind + 1);
    return this.#nodes++;
  }

  addEdge(from: number, to: number): void {
    this.#edges++;
    this.#mix(from * 65_599 + to + 7);
  }

  key(): string {
    return `${this.#nodes} ${this.#edges} ${this.#one >>> 0} ${this.#two >>> 0}`;
  }

  /** FNV-1a (Fowler, Noll, Vo), and the same with another factor. */
  #mix(value: number): void {
    this.#one = Math.imul(this.#one ^ value, 0x01000193);
    this.#two = Math.imul(this.#two ^ (value + (this.#two >>> 15)), 0x85ebca6b);
  }
}
