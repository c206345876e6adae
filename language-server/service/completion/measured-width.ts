import { layerIndex } from '../../../src/engine/recipe/layer-index.ts';
import { shortNumber } from '../../../src/protocol/format.ts';
import { modelFigures } from '../model-figures.ts';
import { short } from '../text/short.ts';
import { modelsOfPattern } from '../written.ts';
import { knownModels } from './known-models.ts';
import { figureOf } from './layer-ranking.ts';
import type { Situation, Spot } from './situation.ts';

/** What was measured of the layers of an entry of `layers` at each width of the weights, the worst of them: "9.1 dB". */
export function measuredWidths({ path }: Spot, situation: Situation): ReadonlyMap<unknown, string> {
  const found = new Map<unknown, string>();
  const [section, pattern, key] = path;
  if (section !== 'layers' || path.length !== 3 || key !== 'weights') return found;
  const { models, pattern: plain } = modelsOfPattern(situation.models, String(pattern));
  for (const { alias, file, facts } of knownModels(models, situation)) {
    const index = layerIndex(facts);
    const names = [...index.matching(plain)].map((place) => index.names[place]!);
    // The newest measurement of a width is the first.
    for (const figures of modelFigures(situation.request, {
      ...(alias === undefined ? {} : { alias }),
      ...(file === undefined ? {} : { file }),
    })) {
      if (figures.weights === undefined || found.has(figures.weights)) continue;
      const measured = names.flatMap((name) => figureOf(figures, name) ?? []).filter(({ value }) => value !== null);
      if (measured.length === 0) continue;
      const { value } = measured.reduce((a, b) => (b.rank > a.rank ? b : a));
      found.set(figures.weights, `${measured.length > 1 ? 'worst ' : ''}${shortNumber(value!)} ${short(figures.unit, 12)}`);
    }
  }
  return found;
}
