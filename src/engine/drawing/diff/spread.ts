import type { Use } from './folded.ts';
import type { Pairing, Side } from './pairing.ts';
import type { Signatures } from './signature.ts';

/**
 * From pair to pair along the graph: what two matched units read at the same place, and what reads them at the same place where there is one such
 * reader on either side, are matched if they are alike as far as `level` says. Linear in edges.
 */
export function spread(pairing: Pairing, level: keyof Signatures): void {
  const { a, b, ofA } = pairing;
  const open: number[] = [];
  const join = (x: number, y: number): void => {
    if (!pairing.free(x, y) || a.signatures[x]![level] !== b.signatures[y]![level] || pairing.contradicts(x, y)) return;
    pairing.join(x, y);
    open.push(x);
  };
  for (let x = 0; x < a.size; x++) if (ofA[x]! >= 0) open.push(x);
  for (let next = 0; next < open.length; next++) {
    const x = open[next]!;
    const y = ofA[x]!;
    const readB = b.unit(y).operands;
    a.unit(x).operands.forEach((operand, place) => {
      const other = readB[place];
      if (operand && other && operand.unit >= 0 && other.unit >= 0 && operand.output === other.output) join(operand.unit, other.unit);
    });
    const readers = singleReaders(b, y, pairing.ofB, level);
    for (const [key, reader] of singleReaders(a, x, ofA, level)) {
      const other = readers.get(key) ?? -1;
      if (reader >= 0 && other >= 0) join(reader, other);
    }
  }
}

/** Free readers of a unit by place and signature; -1 where several are alike. */
function singleReaders(side: Side, unit: number, partner: Int32Array, level: keyof Signatures): Map<string, number> {
  const found = new Map<string, number>();
  const key = ({ unit: reader, place, output }: Use): string => `${output} ${place} ${side.signatures[reader]![level]}`;
  for (const use of side.folded.uses[unit]!) {
    if (partner[use.unit] !== -1) continue;
    const text = key(use);
    found.set(text, found.has(text) ? -1 : use.unit);
  }
  return found;
}
