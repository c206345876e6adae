import type { LossSite } from '../../loss.ts';
import type { Algebra } from '../algebra.ts';

/** Operators that hand on the same numbers in the same shape. */
const passing = new Set(['Identity', 'FakeQuantize', 'QuantizeLinear', 'DequantizeLinear']);

/** Scores stay this far from 0 and 1, where their log odds end. */
const margin = 1e-6;

/** Log odds of scores: what went into their Sigmoid where that is near, else ln(p / (1 − p)). */
export function logOdds({ emit, number, model: { graph } }: LossSite, score: string): string {
  for (let node = graph.producer(score); node; node = graph.producer(node.inputs[0] ?? '')) {
    if (node.op === 'Sigmoid') return node.inputs[0]!;
    if (!passing.has(node.op)) break;
  }
  const inside = emit('Clip', [score, number(margin), number(1 - margin)]);
  return emit('Log', [emit('Div', [inside, emit('Sub', [number(1), inside])])]);
}

/** A part of an output along an axis: the value that was joined to it where it is one, else a slice. */
export function partOf(site: LossSite, algebra: Algebra, output: string, [from, to]: readonly [number, number], axis: number): string {
  const node = site.model.graph.producer(output);
  if (node?.op === 'Concat') {
    const rank = site.value(output).shape.length;
    const given = node.int('axis', 0);
    let start = 0;
    for (const input of (given < 0 ? given + rank : given) === axis ? node.inputs : []) {
      const size = site.value(input).shape[axis]!;
      if (start === from && size === to - from) return input;
      start += size;
    }
  }
  return algebra.slice(output, from, to, axis);
}
