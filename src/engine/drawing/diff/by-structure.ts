import { align, ascending } from './align.ts';
import { KeyNumbers, keysFromInputs, keysFromOutputs } from './context-keys.ts';
import type { Pairing } from './pairing.ts';
import { spread } from './spread.ts';

type Keys = typeof keysFromInputs;

/**
 * Pairs what is free by its place alone. Where a layer was inserted, what stands before it is alike from the inputs on and what stands behind it down
 * to the outputs; what is both may go with either: tried both ways, the one that keeps more edges is taken.
 */
export function byStructure(pairing: Pairing): Pairing {
  if (!pairing.ofA.includes(-1) || !pairing.ofB.includes(-1)) return pairing;
  const [forward, backward] = [pairing.copy(), pairing.copy()];
  pair(forward, [keysFromInputs, keysFromOutputs]);
  pair(backward, [keysFromOutputs, keysFromInputs]);
  return backward.kept() > forward.kept() ? backward : forward;
}

function pair(pairing: Pairing, directions: readonly Keys[]): void {
  byContext(pairing, directions);
  spread(pairing, 'form');
  byOrder(pairing);
  spread(pairing, 'op');
}

/** What is made alike from the inputs on, or used alike down to the outputs. */
function byContext(pairing: Pairing, directions: readonly Keys[]): void {
  const { a, b } = pairing;
  for (const level of ['form', 'settings'] as const) {
    for (const keys of directions) {
      const numbers = new KeyNumbers();
      const [left, right] = [keys(a, level, numbers), keys(b, level, numbers)];
      const allowed = (x: number, y: number): boolean => !pairing.contradicts(x, y);
      pairing.joinUnique(
        (index) => left[index],
        (index) => right[index],
        allowed,
      );
    }
  }
}

/** Aligns what is free between pairs that stand in the same order in both graphs. */
function byOrder(pairing: Pairing): void {
  const { a, b, ofA } = pairing;
  const pairs: [number, number][] = [];
  ofA.forEach((y, x) => y >= 0 && pairs.push([x, y]));
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of [...ascending(pairs), [a.size, b.size] as const]) {
    const [left, right] = [free(pairing.ofA, x, nextX), free(pairing.ofB, y, nextY)];
    if (left.length && right.length) {
      for (const [one, other] of align(left, right, (i, j) => likeness(pairing, i, j))) pairing.join(one, other);
    }
    [x, y] = [nextX + 1, nextY + 1];
  }
}

function free(partner: Int32Array, from: number, to: number): number[] {
  const found: number[] = [];
  for (let index = from; index < to; index++) if (partner[index] === -1) found.push(index);
  return found;
}

/** How much speaks for a pair; 0: they are no pair. Two weak pairs count more than one strong one, but not three times as much. */
function likeness(pairing: Pairing, x: number, y: number): number {
  const [left, right] = [pairing.a.signatures[x]!, pairing.b.signatures[y]!];
  if (left.op !== right.op || pairing.contradicts(x, y)) return 0;
  const settings = left.settings === right.settings ? 2 : 0;
  const form = left.form === right.form ? 2 : 0;
  const name = pairing.a.names[x] === pairing.b.names[y] ? 2 : 0;
  return 4 + settings + form + name;
}
