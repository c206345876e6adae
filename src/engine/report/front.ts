/** Something to choose among: what it costs, and what it is worth. */
export interface Choice {
  /** Less is better. */
  readonly cost: number;
  readonly value: number;
}

/**
 * Positions of the choices that no other beats: none costs no more and is worth no less, with one of the two strictly. Equal ones stay
 * together. By rising cost, then by position; what is not a number is left out. n log n.
 */
export function paretoFront(choices: readonly Choice[], better: 'high' | 'low'): number[] {
  const worth = ({ value }: Choice): number => (better === 'high' ? value : -value);
  const order = [...choices.keys()].filter((i) => !Number.isNaN(choices[i]!.cost) && !Number.isNaN(choices[i]!.value));
  // Cheapest first, the best of equal cost first: then a choice is beaten exactly if one before it is worth more, or as much for less.
  order.sort((a, b) => choices[a]!.cost - choices[b]!.cost || worth(choices[b]!) - worth(choices[a]!) || a - b);
  const front: number[] = [];
  for (const i of order) {
    const last = choices[front.at(-1) ?? -1];
    const one = choices[i]!;
    if (!last || worth(one) > worth(last) || (worth(one) === worth(last) && one.cost === last.cost)) front.push(i);
  }
  return front;
}
