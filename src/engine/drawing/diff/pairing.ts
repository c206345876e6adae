import type { FoldedGraph, Operand, Unit } from './folded.ts';
import { signaturesOf, type Signatures } from './signature.ts';

/** One of the two graphs with what matching asks of it again and again. */
export class Side {
  readonly signatures: readonly Signatures[];
  /** Name of each unit as the other model may know it. */
  readonly names: readonly string[];

  constructor(
    readonly folded: FoldedGraph,
    originalName: (label: string) => string,
  ) {
    this.signatures = folded.units.map(signaturesOf);
    this.names = folded.units.map(({ node }) => originalName(node.label));
  }

  get size(): number {
    return this.folded.units.length;
  }

  unit = (index: number): Unit => this.folded.units[index]!;
}

/** Pairs of units of two graphs as they grow: each unit has one partner at most. */
export class Pairing {
  readonly ofA: Int32Array;
  readonly ofB: Int32Array;

  constructor(
    readonly a: Side,
    readonly b: Side,
  ) {
    this.ofA = new Int32Array(a.size).fill(-1);
    this.ofB = new Int32Array(b.size).fill(-1);
  }

  /** The same pairs, to go on from in another way. */
  copy(): Pairing {
    const copy = new Pairing(this.a, this.b);
    copy.ofA.set(this.ofA);
    copy.ofB.set(this.ofB);
    return copy;
  }

  /** Pairs, and edges that stand between them in both graphs, ends of the graph included. */
  kept(): number {
    let kept = 0;
    const [outputsA, outputsB] = [this.a, this.b].map(
      ({ folded }) => new Set(folded.graph.outputs.map(({ name }) => folded.source(name).unit)),
    ) as [Set<number>, Set<number>];
    this.ofA.forEach((other, one) => {
      if (other < 0) return;
      kept += outputsA.has(one) && outputsB.has(other) ? 2 : 1;
      const readB = this.b.unit(other).operands;
      this.a.unit(one).operands.forEach((operand, place) => {
        const read = readB[place];
        if (!operand || !read || operand.constant || read.constant) return;
        if (operand.unit < 0 ? read.unit < 0 : this.ofA[operand.unit] === read.unit) kept++;
      });
    });
    return kept;
  }

  free = (a: number, b: number): boolean => this.ofA[a] === -1 && this.ofB[b] === -1;

  join(a: number, b: number): void {
    this.ofA[a] = b;
    this.ofB[b] = a;
  }

  /** Pairs units whose key occurs once among the free ones of either side. An undefined key takes no part. Returns the new pairs. */
  joinUnique<Key extends string | number>(
    keyA: (index: number) => Key | undefined,
    keyB: (index: number) => Key | undefined,
    allowed: (a: number, b: number) => boolean = () => true,
  ): [a: number, b: number][] {
    const [left, right] = [onlyOnes(this.ofA, keyA), onlyOnes(this.ofB, keyB)];
    const joined: [number, number][] = [];
    for (const [key, b] of right) {
      const a = left.get(key);
      if (a === undefined || a < 0 || b < 0 || !allowed(a, b)) continue;
      this.join(a, b);
      joined.push([a, b]);
    }
    return joined;
  }

  /** Whether some value that both read at the same place comes from two units that are matched, but not with each other; likewise for readers. */
  contradicts(a: number, b: number): boolean {
    const [readA, readB] = [this.a.unit(a).operands, this.b.unit(b).operands];
    let agreed = false;
    let denied = false;
    readA.forEach((operand, place) => {
      const verdict = this.#sameMaker(operand, readB[place]);
      agreed ||= verdict === true;
      denied ||= verdict === false;
    });
    return denied && !agreed;
  }

  /** Undefined where it is not known. */
  #sameMaker(a: Operand | undefined, b: Operand | undefined): boolean | undefined {
    if (!a || !b || a.constant || b.constant || a.unit < 0 || b.unit < 0) return undefined;
    const [partnerA, partnerB] = [this.ofA[a.unit]!, this.ofB[b.unit]!];
    if (partnerA < 0 || partnerB < 0) return undefined;
    return partnerA === b.unit;
  }
}

/** Keys to the index that has it; -1 where several have. */
function onlyOnes<Key extends string | number>(partner: Int32Array, key: (index: number) => Key | undefined): Map<Key, number> {
  const found = new Map<Key, number>();
  partner.forEach((other, index) => {
    const text = other === -1 ? key(index) : undefined;
    if (text !== undefined) found.set(text, found.has(text) ? -1 : index);
  });
  return found;
}
