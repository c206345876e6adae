import type { Order } from './order.ts';
import { portOffset } from './ports.ts';
import type { ProperGraph } from './proper-graph.ts';

/** Times it goes over all rows at most. */
const passes = 4;

/** Exchanges neighbours in a row for as long as edges cross less. Vertices of two lines keep their order where both go on. */
export function exchangeNeighbours(graph: ProperGraph, order: Order): void {
  const { ranks, innerUp, innerDown } = graph;
  const { row, starts, place } = order;
  const neighbours = new Neighbours(graph, order);
  for (let pass = 0, changed = true; changed && pass < passes; pass++) {
    changed = false;
    for (let rank = 0; rank < ranks; rank++) {
      for (let i = starts[rank]!; i + 1 < starts[rank + 1]!; i++) {
        const [left, right] = [row[i]!, row[i + 1]!];
        if ((innerUp[left]! >= 0 && innerUp[right]! >= 0) || (innerDown[left]! >= 0 && innerDown[right]! >= 0)) continue;
        if (neighbours.gain(left, right) <= 0) continue;
        [row[i], row[i + 1]] = [right, left];
        [place[left], place[right]] = [place[right]!, place[left]!];
        changed = true;
      }
    }
  }
}

class Neighbours {
  readonly #graph: ProperGraph;
  readonly #order: Order;
  readonly #ofLeft: number[] = [];
  readonly #ofRight: number[] = [];

  constructor(graph: ProperGraph, order: Order) {
    this.#graph = graph;
    this.#order = order;
  }

  /** How many crossings fewer there are when the two stand the other way round. */
  gain(left: number, right: number): number {
    return this.#gainOneSide(left, right, true) + this.#gainOneSide(left, right, false);
  }

  #gainOneSide(left: number, right: number, above: boolean): number {
    const a = this.#collect(left, above, this.#ofLeft);
    const b = this.#collect(right, above, this.#ofRight);
    if (a.length === 0 || b.length === 0) return 0;
    // Pairs (x of a, y of b): x > y crosses now, x < y would.
    let [now, then, smaller, notLarger] = [0, 0, 0, 0];
    for (const x of a) {
      while (smaller < b.length && b[smaller]! < x) smaller++;
      while (notLarger < b.length && b[notLarger]! <= x) notLarger++;
      now += smaller;
      then += b.length - notLarger;
    }
    return now - then;
  }

  /** Places of a vertex's neighbours above or below, sorted. */
  #collect(vertex: number, above: boolean, into: number[]): number[] {
    const { up, down, tail, head, tailX, headX, width } = this.#graph;
    const { place } = this.#order;
    const edges = above ? up : down;
    into.length = 0;
    for (let i = edges.starts[vertex]!; i < edges.starts[vertex + 1]!; i++) {
      const edge = edges.items[i]!;
      const [neighbour, x] = above ? [tail[edge]!, tailX[edge]!] : [head[edge]!, headX[edge]!];
      into.push(place[neighbour]! + portOffset(width[neighbour]!, x));
    }
    if (into.length > 1) into.sort((x, y) => x - y);
    return into;
  }
}
