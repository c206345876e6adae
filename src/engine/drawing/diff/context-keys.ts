import type { Side } from './pairing.ts';

type Level = 'settings' | 'form';

/** Numbers for texts, the same for the same text: keys of a deep network stay short. One for both models. */
export class KeyNumbers {
  readonly #known = new Map<string, number>();

  of(own: string, others: readonly string[]): number {
    const text = `${own}\n${others.join()}`;
    const known = this.#known.get(text) ?? this.#known.size;
    this.#known.set(text, known);
    return known;
  }
}

/**
 * One key for each unit from all that comes before it (Weisfeiler and Lehman 1968, along a directed acyclic graph: once through is enough): equal
 * for units that are made alike from the graph's inputs on.
 */
export function keysFromInputs(side: Side, level: Level, numbers: KeyNumbers): number[] {
  const keys: number[] = [];
  for (const { index, operands } of side.folded.units) {
    // Constants are told apart by the signature: a bias that was added does not make another layer.
    const read = operands.flatMap((operand, place) => {
      if (!operand || operand.constant) return [];
      return [operand.unit < 0 ? `${place} i` : `${place} ${keys[operand.unit]!}:${operand.output}`];
    });
    keys.push(numbers.of(side.signatures[index]![level], read));
  }
  return keys;
}

/** Likewise from all that comes after it, down to the graph's outputs. */
export function keysFromOutputs(side: Side, level: Level, numbers: KeyNumbers): number[] {
  const { units, uses, graph, source } = side.folded;
  const outputs = new Map<number, number[]>();
  graph.outputs.forEach(({ name }, place) => {
    const { unit } = source(name);
    if (unit >= 0) outputs.set(unit, [...(outputs.get(unit) ?? []), place]);
  });
  const keys = new Array<number>(units.length);
  for (let index = units.length - 1; index >= 0; index--) {
    const readers = uses[index]!.map(({ unit, place, output }) => `${keys[unit]!}:${place}:${output}`).sort();
    keys[index] = numbers.of(side.signatures[index]![level], [...readers, ...(outputs.get(index) ?? []).map((place) => `o${place}`)]);
  }
  return keys;
}
