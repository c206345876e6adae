import type { Order } from './order.ts';
import { portOffsets } from './ports.ts';
import type { ProperGraph } from './proper-graph.ts';

/** Orders every row by the row before it, from the first to the last or back. */
export class Sweep {
  readonly #graph: ProperGraph;
  readonly #order: Order;
  readonly #ports: ReturnType<typeof portOffsets>;
  readonly #key: Float64Array;

  constructor(graph: ProperGraph, order: Order) {
    this.#graph = graph;
    this.#order = order;
    this.#ports = portOffsets(graph);
    this.#key = new Float64Array(graph.rank.length);
  }

  /** `reversed`: what ties goes the other way round, which leads out of orders that would come back for ever. */
  run(downwards: boolean, reversed: boolean): void {
    const { ranks } = this.#graph;
    for (let i = 1; i < ranks; i++) this.#arrange(downwards ? i : ranks - 1 - i, downwards, reversed);
  }

  /** Orders one row by the barycenters of its neighbours in the row above (`downwards`) or below. */
  #arrange(rank: number, downwards: boolean, reversed: boolean): void {
    const { row, starts, place } = this.#order;
    const { innerUp, innerDown } = this.#graph;
    const [before, onwards] = downwards ? [innerUp, innerDown] : [innerDown, innerUp];
    const [begin, end] = [starts[rank]!, starts[rank + 1]!];
    const previous = rank + (downwards ? -1 : 1);
    const fixed: number[] = [];
    for (let i = starts[previous]!; i < starts[previous + 1]!; i++) if (onwards[row[i]!]! >= 0) fixed.push(onwards[row[i]!]!);
    const key = this.#key;
    for (const vertex of fixed) key[vertex] = place[before[vertex]!]!;
    const free: number[] = [];
    /** Without a neighbour: they stay where they are. */
    const anchored: number[] = [];
    for (let i = begin; i < end; i++) {
      const vertex = row[i]!;
      if (before[vertex]! >= 0) continue;
      (this.#barycenter(vertex, downwards) ? free : anchored).push(vertex);
    }
    const direction = reversed ? -1 : 1;
    free.sort((a, b) => key[a]! - key[b]! || direction * (place[a]! - place[b]!));
    const merged: number[] = [];
    for (let f = 0, s = 0; f < free.length || s < fixed.length;) {
      const [one, other] = [free[f], fixed[s]];
      const takeFree =
        other === undefined || (one !== undefined && (key[one]! - key[other]! || direction * (place[one]! - place[other]!)) < 0);
      merged.push(takeFree ? free[f++]! : fixed[s++]!);
    }
    for (let i = begin, a = 0, m = 0; i < end; i++) {
      const takeAnchored = a < anchored.length && (place[anchored[a]!] === i - begin || m === merged.length);
      row[i] = takeAnchored ? anchored[a++]! : merged[m++]!;
    }
    for (let i = begin; i < end; i++) place[row[i]!] = i - begin;
  }

  #barycenter(vertex: number, downwards: boolean): boolean {
    const { up, down, tail, head } = this.#graph;
    const { place } = this.#order;
    const { tailPort, headPort } = this.#ports;
    const edges = downwards ? up : down;
    const [begin, end] = [edges.starts[vertex]!, edges.starts[vertex + 1]!];
    if (begin === end) return false;
    let sum = 0;
    for (let i = begin; i < end; i++) {
      const edge = edges.items[i]!;
      sum += downwards ? place[tail[edge]!]! + tailPort[edge]! : place[head[edge]!]! + headPort[edge]!;
    }
    this.#key[vertex] = sum / (end - begin);
    return true;
  }
}
