import type { Node } from './node.ts';

/** A place where a value is read: input `index` of `node`; index -1: inside a sub-graph of `node`, which captures it. */
export interface Use {
  readonly node: Node;
  readonly index: number;
}

/** Who reads what, by value and by node; every change costs the same however many readers a value has. */
export class UseIndex {
  readonly #byValue = new Map<string, Set<Use>>();
  readonly #byNode = new Map<Node, Use[]>();

  has(value: string): boolean {
    return this.#byValue.has(value);
  }

  of(value: string): Iterable<Use> {
    return this.#byValue.get(value) ?? [];
  }

  /** Adds the node's inputs. */
  add(node: Node): void {
    const uses: Use[] = [];
    node.inputs.forEach((value, index) => {
      if (value === '') return;
      const use = { node, index };
      uses.push(use);
      this.#put(value, use);
    });
    this.#byNode.set(node, uses);
  }

  /** Removes the node's inputs, which must be those it was added with. */
  remove(node: Node): void {
    for (const use of this.#byNode.get(node) ?? []) this.#drop(node.inputs[use.index]!, use);
    this.#byNode.delete(node);
  }

  /** Input `index` of a node goes from one value to another ("": absent). */
  change(node: Node, index: number, from: string, to: string): void {
    const uses = this.#byNode.get(node) ?? [];
    const present = uses.findIndex((use) => use.index === index);
    if (present >= 0) this.#drop(from, uses.splice(present, 1)[0]!);
    if (to === '') return;
    const use = { node, index };
    uses.push(use);
    this.#put(to, use);
  }

  #put(value: string, use: Use): void {
    const uses = this.#byValue.get(value);
    if (uses) uses.add(use);
    else this.#byValue.set(value, new Set([use]));
  }

  #drop(value: string, use: Use): void {
    const uses = this.#byValue.get(value);
    uses?.delete(use);
    if (uses?.size === 0) this.#byValue.delete(value);
  }
}
