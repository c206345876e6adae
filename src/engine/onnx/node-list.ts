import type { Node } from './node.ts';

interface Link {
  readonly node: Node;
  previous?: Link;
  next?: Link;
}

/** Nodes in order, inserted and removed anywhere at a cost that does not grow with their number. */
export class NodeList {
  readonly #links = new Map<Node, Link>();
  #first: Link | undefined;
  #last: Link | undefined;
  #array: readonly Node[] | undefined = [];

  get size(): number {
    return this.#links.size;
  }

  /** A snapshot: later changes make a new array, so a loop over it may change the list. */
  get array(): readonly Node[] {
    if (!this.#array) {
      const array: Node[] = [];
      for (let link = this.#first; link; link = link.next) array.push(link.node);
      this.#array = array;
    }
    return this.#array;
  }

  has(node: Node): boolean {
    return this.#links.has(node);
  }

  /** Puts a node behind `anchor`, or first when there is none. */
  insertAfter(node: Node, anchor: Node | undefined): void {
    const previous = anchor && this.#links.get(anchor);
    const link: Link = { node, previous, next: previous ? previous.next : this.#first };
    if (link.previous) link.previous.next = link;
    else this.#first = link;
    if (link.next) link.next.previous = link;
    else this.#last = link;
    this.#links.set(node, link);
    this.#array = undefined;
  }

  append(node: Node): void {
    this.insertAfter(node, this.#last?.node);
  }

  /** The node before `node`. */
  previous(node: Node): Node | undefined {
    return this.#links.get(node)?.previous?.node;
  }

  delete(node: Node): void {
    const link = this.#links.get(node);
    if (!link) return;
    if (link.previous) link.previous.next = link.next;
    else this.#first = link.next;
    if (link.next) link.next.previous = link.previous;
    else this.#last = link.previous;
    this.#links.delete(node);
    this.#array = undefined;
  }

  /** Puts all nodes in a new order. */
  reorder(nodes: readonly Node[]): void {
    for (const node of this.array) this.delete(node);
    for (const node of nodes) this.append(node);
  }
}
