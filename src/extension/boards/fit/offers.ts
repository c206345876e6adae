import type { AppliedFix, CheckDocument, FixedModel, OfferedFix } from '../../../protocol/results/board.ts';
import { visible } from '../../../protocol/format.ts';

/** A fix as it is offered for a whole model. */
export interface FixOffer extends OfferedFix {
  /** Layers that it is offered for. */
  readonly layers: readonly string[];
}

/** Fixes that a check offers and that can be applied, the most useful first; only at `layers`, where some are named. */
export function fixOffers({ nodes }: CheckDocument, layers?: readonly string[]): FixOffer[] {
  const wanted = layers?.length ? new Set(layers) : undefined;
  const found = new Map<string, { fix: OfferedFix; names: string[] }>();
  for (const { name, fixes = [] } of nodes) {
    if (wanted && !wanted.has(name)) continue;
    for (const fix of fixes) {
      if (fix.effect === 'advice') continue;
      const known = found.get(fix.id) ?? { fix, names: [] };
      known.names.push(name);
      found.set(fix.id, known);
    }
  }
  return [...found.values()]
    .map(({ fix, names }) => ({ ...fix, layers: names }))
    .sort((a, b) => Number(a.effect !== 'exact') - Number(b.effect !== 'exact') || b.layers.length - a.layers.length);
}

/** Layers that are named of an offer. */
const mostNamed = 3;
/** Longest name that is shown whole. */
const longestName = 60;

const short = (name: string): string => visible(name.length > longestName ? `${name.slice(0, longestName)}…` : name);

/** One line for a list: "4 layers, exact", and which. */
export function offerText({ effect, layers }: FixOffer): { description: string; detail: string } {
  const count = `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}`;
  const meaning = effect === 'exact' ? 'exact: computes the same' : 'changed: train again, or look at the loss';
  const more = layers.length > mostNamed ? ` and ${layers.length - mostNamed} more` : '';
  return { description: `${count}, ${meaning}`, detail: `${layers.slice(0, mostNamed).map(short).join(', ')}${more}` };
}

/** "12 layers rewritten; outputs differ by at most 1.7e-6 (130.9 dB)". */
export function fixedSummary({ applied, proof }: Pick<FixedModel, 'applied' | 'proof'>): string {
  if (applied.length === 0) return 'Nothing had to be rewritten';
  const changed = applied.filter(({ effect }: AppliedFix) => effect === 'changed').length;
  const difference = proof.sqnrDb === null ? 'not a bit of the outputs differs' : `outputs differ by at most ${proof.maxAbs.toPrecision(2)} (${proof.sqnrDb.toFixed(1)} dB)`; // prettier-ignore
  return `${applied.length} ${applied.length === 1 ? 'rewriting' : 'rewritings'}${changed ? `, ${changed} of them to be trained again` : ''}; ${difference}`;
}
