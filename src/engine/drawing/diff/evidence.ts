import type { ContentHashes } from './content.ts';
import type { FoldedGraph, Unit } from './folded.ts';
import { unmarked } from './names.ts';
import type { Pairing, Side } from './pairing.ts';

/** Constants of fewer elements do not tell a layer from others: scalars, shapes, axes. */
const leastElements = 8;

export const hasWeights = ({ operands }: Unit): boolean =>
  operands.some((operand) => (operand?.constant?.tensor.size ?? 0) >= leastElements);

/** Layers with the same large constants, of which there is one on either side. */
export function byContent(pairing: Pairing, hashes: ContentHashes): void {
  const key =
    (side: Side) =>
    (index: number): string | undefined => {
      const large = side.unit(index).operands.flatMap((operand) => {
        const tensor = operand?.constant?.tensor;
        return tensor && tensor.size >= leastElements ? [tensor] : [];
      });
      const known = large.map(hashes.known);
      if (known.length === 0 || known.includes(undefined)) return undefined;
      return `${side.signatures[index]!.op} ${known.join()}`;
    };
  pairing.joinUnique(key(pairing.a), key(pairing.b));
}

/**
 * Whether the names of units of `a` mean the same in `b`. An exporter that numbers its layers gives other layers the same names after an edit: what is
 * known to be the same by its weights tells for what stands between. Without such, names are believed.
 */
export function trustedNames({ a, b, ofA }: Pairing): Uint8Array {
  const [namesA, namesB] = [new Set(a.names), new Set(b.names)];
  const misleads = (x: number, y: number): boolean => a.names[x] !== b.names[y] && (namesB.has(a.names[x]!) || namesA.has(b.names[y]!));
  const trusted = new Uint8Array(a.size).fill(1);
  let wrong = false;
  const walk = (x: number): void => {
    const y = ofA[x]!;
    if (y >= 0) wrong = misleads(x, y);
    else if (wrong) trusted[x] = 0;
  };
  for (let x = 0; x < a.size; x++) walk(x);
  wrong = false;
  for (let x = a.size - 1; x >= 0; x--) walk(x);
  return trusted;
}

/** The same operator under the same name, of the layer or of a value it makes, in front of or behind its quantizers. */
export function byNames(pairing: Pairing, trusted: Uint8Array): void {
  const { a, b } = pairing;
  const allowed = (x: number, y: number): boolean =>
    trusted[x] === 1 && a.signatures[x]!.op === b.signatures[y]!.op && !pairing.contradicts(x, y);
  const named = (side: Side) => (index: number) => side.names[index];
  pairing.joinUnique(named(a), named(b), allowed);
  const [madeA, madeB] = [madeValues(a.folded), madeValues(b.folded)];
  for (const [value, y] of madeB) {
    const made = madeA.get(value);
    if (made === undefined) continue;
    // Where an activation or a normalization was melted into a layer, the layer makes what they made.
    const x = pairing.ofB[y] === -1 ? layerBefore(a, made, b.signatures[y]!.op) : made;
    if (pairing.free(x, y) && allowed(x, y)) pairing.join(x, y);
  }
}

/** The unit itself if it has this operator, else the nearest one before it that has, behind which there are only units with one input. */
function layerBefore({ folded, signatures }: Side, unit: number, op: string): number {
  let at = unit;
  for (let step = 0; step < 4 && signatures[at]!.op !== op; step++) {
    const makers = folded.units[at]!.operands.flatMap((operand) => (operand && !operand.constant ? [operand.unit] : []));
    if (makers.length !== 1 || makers[0]! < 0) return unit;
    at = makers[0]!;
  }
  return signatures[at]!.op === op ? at : unit;
}

/** Units by the names of their first outputs, in front of and behind quantizers. */
function madeValues({ graph, units, source }: FoldedGraph): Map<string, number> {
  const made = new Map<string, number>();
  for (const { index, node } of units) {
    const value = unmarked(node.outputs[0] ?? '');
    if (value && !made.has(value)) made.set(value, index);
  }
  for (const node of graph.nodes) {
    const value = node.outputs[0];
    const from = value && !made.has(value) ? source(value) : undefined;
    if (value && from && from.unit >= 0 && from.output === 0 && from.passed) made.set(value, from.unit);
  }
  return made;
}
