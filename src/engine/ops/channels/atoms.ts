import type { Node } from '../../onnx/graph.ts';
import { type Block, blockAlong, forEachSlab } from './block.ts';

/** What a node does to a stored tensor's channels: see `Slice` of prune/groups/types.ts. */
export type SliceRole = 'produces' | 'consumes' | 'carries';

/** Use of an axis of a constant by a layer. */
export interface AtomUse {
  readonly role: SliceRole;
  readonly node: Node;
  readonly input: number;
}

/** Why channels have to stay. */
export interface Pin {
  readonly reason: string;
  readonly node?: Node;
}

/**
 * The atoms of one model: channels of single values and places of single constants, united into classes that can only go together (union-find with sizes and path
 * halving; Tarjan 1975), some of them pinned.
 */
export class Atoms {
  #parent = new Int32Array(1024);
  #size = new Int32Array(1024);
  #origin = new Int32Array(1024);
  readonly #pins = new Map<number, Pin>();
  /** Uses by origin; one origin for each axis (or merged axes) of a constant. */
  readonly #uses: AtomUse[][] = [[]];
  count = 0;

  /** New atoms, each a class of its own. Those of a constant share an origin, so that what layers do to it is known. */
  fresh(count: number, isConstant = false): Int32Array {
    const origin = isConstant ? this.#uses.push([]) - 1 : 0;
    this.#grow(this.count + count);
    const atoms = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const atom = this.count++;
      atoms[i] = atom;
      this.#parent[atom] = atom;
      this.#size[atom] = 1;
      this.#origin[atom] = origin;
    }
    return atoms;
  }

  /** The class of an atom. */
  find(atom: number): number {
    const parent = this.#parent;
    let at = atom;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  }

  unite(a: number, b: number): void {
    let [keep, drop] = [this.find(a), this.find(b)];
    if (keep === drop) return;
    if (this.#size[keep]! < this.#size[drop]!) [keep, drop] = [drop, keep];
    this.#parent[drop] = keep;
    this.#size[keep]! += this.#size[drop]!;
    const pin = this.#pins.get(drop);
    if (pin && !this.#pins.has(keep)) this.#pins.set(keep, pin);
  }

  /** Of two lists of one length, place by place. */
  uniteAll(a: Int32Array, b: Int32Array): void {
    for (let i = 0; i < a.length; i++) this.unite(a[i]!, b[i]!);
  }

  pin(atoms: Iterable<number>, pin: Pin): void {
    for (const atom of atoms) {
      const root = this.find(atom);
      if (!this.#pins.has(root)) this.#pins.set(root, pin);
    }
  }

  pinOf(atom: number): Pin | undefined {
    return this.#pins.get(this.find(atom));
  }

  /** Whether nothing has been said of these atoms yet: not united, not pinned, not used by a layer. */
  areFree(atoms: Int32Array): boolean {
    return atoms.every((atom) => this.#size[this.find(atom)] === 1 && !this.#pins.has(atom) && this.usesOf(atom).length === 0);
  }

  /** How many classes could be cut away. */
  cuttable(atoms: Iterable<number>): number {
    const roots = new Set<number>();
    for (const atom of atoms) roots.add(this.find(atom));
    let count = 0;
    for (const root of roots) if (!this.#pins.has(root)) count++;
    return count;
  }

  /** How many classes could be cut away if the block were cut along its axis at this place. */
  cuttableAlong(block: Block, at: number): number {
    // Classes of slabs: atoms of one slab go together, and slabs that share a class do.
    const slabOf = new Map<number, number>();
    const parent = Int32Array.from({ length: block.dims[at]! }, (_, i) => i);
    const pinned = new Uint8Array(parent.length);
    const find = (slab: number): number => {
      let root = slab;
      while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!;
      return root;
    };
    forEachSlab(block, at, (slab, atom) => {
      const root = this.find(atom);
      const other = slabOf.get(root);
      if (other === undefined) slabOf.set(root, slab);
      else parent[find(slab)] = find(other);
      if (this.#pins.has(root)) pinned[slab] = 1;
    });
    const kept = new Set<number>();
    pinned.forEach((isPinned, slab) => isPinned && kept.add(find(slab)));
    return parent.reduce((count, up, slab) => count + (up === slab && !kept.has(slab) ? 1 : 0), 0);
  }

  /** The block cut along its axis at this place: whatever shares a coordinate goes together. */
  collapsed(block: Block, at: number): Block {
    if (block.axes.length === 1) return block;
    const first = new Int32Array(block.dims[at]!).fill(-1);
    forEachSlab(block, at, (slab, atom) => {
      if (first[slab]! < 0) first[slab] = atom;
      else this.unite(first[slab]!, atom);
    });
    return blockAlong(block.axes[at]!, first);
  }

  /** Says what a layer does with the constants whose atoms these are. */
  use(atoms: Iterable<number>, use: AtomUse): void {
    const origins = new Set<number>();
    for (const atom of atoms) origins.add(this.#origin[atom]!);
    origins.delete(0);
    for (const origin of origins) {
      const uses = this.#uses[origin]!;
      if (!uses.some((known) => known.node === use.node && known.input === use.input && known.role === use.role)) uses.push(use);
    }
  }

  usesOf(atom: number): readonly AtomUse[] {
    const origin = this.#origin[atom]!;
    return origin === 0 ? [] : this.#uses[origin]!;
  }

  #grow(count: number): void {
    if (count <= this.#parent.length) return;
    const size = Math.max(count, this.#parent.length * 2);
    for (const key of ['parent', 'size', 'origin'] as const) {
      const wider = new Int32Array(size);
      if (key === 'parent') {
        wider.set(this.#parent);
        this.#parent = wider;
      } else if (key === 'size') {
        wider.set(this.#size);
        this.#size = wider;
      } else {
        wider.set(this.#origin);
        this.#origin = wider;
      }
    }
  }
}
