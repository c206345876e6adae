import type { Figures } from './facts.ts';
import type { Request } from './feature.ts';
import { nodeAt, type WrittenModel } from './written.ts';

/** Where the models of a recipe's chain lie as one, or would; undefined for any other recipe, and while it is not known where its runs lie. */
export const wholeOf = ({ document, facts }: Request): string | undefined =>
  document.file === undefined || nodeAt(document, ['chain']) === null ? undefined : facts.composed(document.file);

/**
 * What was measured of a model of a recipe, what counts most first: within its chain, where figures say what a layer does to the answer of the last model,
 * then of the model by itself.
 */
export function modelFigures(request: Request, { alias, file }: Pick<WrittenModel, 'alias' | 'file'>): readonly Figures[] {
  const alone = file === undefined ? [] : request.facts.figures(file);
  const whole = alias === undefined ? undefined : wholeOf(request);
  if (whole === undefined) return alone;
  return [...request.facts.figures(whole).flatMap((figures) => within(figures, alias!) ?? []), ...alone];
}

const parts = new WeakMap<Figures, Map<string, Figures | undefined>>();

/** The layers of one model of a chain, under their own names; made once, for whoever keeps what belongs to it. */
function within(figures: Figures, alias: string): Figures | undefined {
  let known = parts.get(figures);
  if (!known) parts.set(figures, (known = new Map()));
  if (!known.has(alias)) {
    const prefix = `${alias}:`;
    const layers = figures.layers.flatMap((layer) =>
      layer.name.startsWith(prefix) ? [{ ...layer, name: layer.name.slice(prefix.length) }] : [],
    );
    known.set(alias, layers.length ? { ...figures, title: `${figures.title}, at the end of the chain`, layers } : undefined);
  }
  return known.get(alias);
}
