import { outputStorage } from './changes.ts';
import type { FoldedGraph, Unit } from './folded.ts';
import type { Matching } from './match.ts';

/** Operators that melt into the layer before them: normalizations and scalings into its weights, activations into its integers' range. */
const fusable = new Set(['BatchNormalization', 'Relu', 'Clip', 'LeakyRelu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Mul', 'Add']);
const intoWeights = new Set(['BatchNormalization', 'Mul', 'Add']);

/** Whether the operator, where it is gone, may be found in the weights of the layer before it. */
export const foldsIntoWeights = ({ op }: Unit): boolean => intoWeights.has(op);

/**
 * Units right behind `unit` that only one of the models has, because the other's layer does their work: folded normalizations, activations in a
 * Q/DQ pair's range. `partner` is that of units of `side`; `other` the model where they are gone.
 */
export function absorbedBehind(side: FoldedGraph, partner: Int32Array, unit: Unit, other: FoldedGraph): Unit[] {
  const found: Unit[] = [];
  const with_ = partner[unit.index]!;
  for (let at = unit; ;) {
    const uses = side.uses[at.index]!;
    const value = at.node.outputs[0] ?? '';
    const next = uses.length === 1 && !side.graph.isOutput(value) ? side.units[uses[0]!.unit]! : undefined;
    if (!next || !fusable.has(next.op) || partner[next.index]! >= 0 || !readsOnly(next)) return found;
    // A value of that name that another layer makes is that layer's; one that the partner makes is what they made together.
    const maker = other.graph.producer(next.node.outputs[0] ?? '');
    const together = maker && other.unitOf.get(maker)?.index === with_;
    if (maker && !together) return found;
    if (!together && !foldsIntoWeights(next) && !takesActivations(other, other.units[with_]!)) return found;
    found.push(next);
    at = next;
  }
}

/** An activation can be a part of a layer whose output is rounded to integers, or that was fused with one; elsewhere it is just gone. */
const takesActivations = (folded: FoldedGraph, unit: Unit): boolean =>
  outputStorage(folded, unit) !== undefined || /^(Fused|QLinear|NhwcFused)/.test(unit.node.op);

const readsOnly = ({ operands }: Unit): boolean => operands.filter((operand) => operand && !operand.constant).length === 1;

/** For units that only one model has: the unit of the same model that is matched and does their work in the other. */
export function absorbers({ a, b, ofA, ofB }: Matching): { a: ReadonlyMap<number, number>; b: ReadonlyMap<number, number> } {
  const found = { a: new Map<number, number>(), b: new Map<number, number>() };
  ofA.forEach((y, x) => {
    if (y < 0) return;
    for (const gone of absorbedBehind(a, ofA, a.units[x]!, b)) found.a.set(gone.index, x);
    for (const come of absorbedBehind(b, ofB, b.units[y]!, a)) found.b.set(come.index, y);
  });
  return found;
}
