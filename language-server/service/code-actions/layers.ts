import { LatheError } from '../../../src/engine/base/errors.ts';
import { editLayers } from '../../../src/engine/recipe/edit-layers.ts';
import type { TextEdit } from '../../../src/engine/recipe/edit-map.ts';
import { layersOf, overridesByLayer } from '../../../src/engine/recipe/layer-entries.ts';
import type { LayerChange } from '../../../src/engine/recipe/plan-layers.ts';
import type { LayerOverride } from '../../../src/engine/recipe/types.ts';
import type { Figures } from '../facts.ts';
import type { Request } from '../feature.ts';
import { modelFigures } from '../model-figures.ts';
import { mapAt, modelOfStep, nodeAt, writtenModels, type WrittenModel } from '../written.ts';
import { isSeq } from 'yaml';

/** Steps that make integers of a layer, in the order of the recipe, each with its place. */
export function quantizingSteps({ document }: Request): { name: string; index: number }[] {
  const list = nodeAt(document, ['steps']);
  const names = isSeq(list) ? list.items.map((_, index) => [...mapAt(document, ['steps', index]).keys()][0] ?? '') : [];
  return names.map((name, index) => ({ name, index })).filter(({ name }) => ['quantize', 'auto', 'qat'].includes(name));
}

/** `quantize: false` for each of them. */
export const keptInFloat = (request: Request): LayerOverride =>
  Object.fromEntries(quantizingSteps(request).map(({ name }) => [name, false]));

/** Layers as `layers` calls them: with the alias of their model where there are several. */
export const nameIn = ({ alias }: WrittenModel, name: string): string => (alias === undefined ? name : `${alias}:${name}`);

/** Names of all layers of the recipe's models, as far as they are known. */
export function layerNames({ document, facts }: Request): string[] {
  return writtenModels(document).flatMap((model) => {
    const known = model.file === undefined ? undefined : facts.model(model.file);
    return known?.state === 'known' ? known.value.layers.map(({ name }) => nameIn(model, name)) : [];
  });
}

/** What `layers` says of every layer that it names. */
export function overrides(request: Request): Map<string, LayerOverride> {
  const { tree, text } = request.document;
  return overridesByLayer(layersOf(tree, text.getText()).entries, layerNames(request));
}

/** The layers with weights that a measurement found worst, and that a test lets through. */
export function worstLayers(
  request: Request,
  count: number,
  test: (override: LayerOverride) => boolean,
): { names: string[]; figures: Figures } | undefined {
  const step = quantizingSteps(request)[0];
  const model = step && modelOfStep(request.document, step.index);
  if (!model?.file) return undefined;
  const known = request.facts.model(model.file);
  const figures = modelFigures(request, model)[0];
  if (!figures || known.state !== 'known') return undefined;
  const weighted = new Set(known.value.layers.filter(({ weights }) => weights).map(({ name }) => name));
  const said = overrides(request);
  const names = figures.layers
    .filter(({ name, value }) => value !== null && weighted.has(name) && test(said.get(nameIn(model, name)) ?? {}))
    .sort((a, b) => b.rank - a.rank)
    .slice(0, count)
    .map(({ name }) => nameIn(model, name));
  return names.length ? { names, figures } : undefined;
}

/** A change of layers' settings as edits of the text; none where the text is written in a way that only a person can change. */
export function layerEdits(request: Request, change: LayerChange): readonly TextEdit[] {
  try {
    const names = new Set([...layerNames(request), ...change.layers]);
    return editLayers(request.document.text.getText(), change, [...names]);
  } catch (error) {
    if (error instanceof LatheError) return [];
    throw error;
  }
}
