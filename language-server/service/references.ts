import { DocumentHighlightKind, type DocumentHighlight, type Location } from 'vscode-languageserver-types';
import { layerMatcher, layerPattern } from '../../src/engine/recipe/layers.ts';
import type { Request } from './feature.ts';
import { nameAt, names, samePlaces, type Name } from './names.ts';
import { rangeOf } from './text/range.ts';
import { modelsOfPattern, writtenModels } from './written.ts';

/** Every place of a recipe that is about the same model, anchor, or layers as the name at an offset. */
export function references(request: Request, offset: number, includeDeclaration: boolean): Location[] {
  const { document } = request;
  return placesOf(request, offset)
    .filter(({ isGiven }) => includeDeclaration || !isGiven)
    .map(({ from, to }) => ({ uri: document.uri, range: rangeOf(document, from, to) }));
}

/** The same, for the marks that editors set while the cursor is on a name. */
export const highlights = (request: Request, offset: number): DocumentHighlight[] =>
  placesOf(request, offset).map(({ from, to, isGiven }) => ({
    range: rangeOf(request.document, from, to),
    kind: isGiven ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));

function placesOf(request: Request, offset: number): Name[] {
  const name = nameAt(request.document, offset);
  if (!name) return [];
  return name.kind === 'layer' ? sameLayers(request, name) : samePlaces(request.document, name);
}

/** Entries and settings whose patterns match a layer that this one matches; without the model those that are written alike, or match the name. */
function sameLayers(request: Request, name: Name): Name[] {
  const all = names(request.document).filter(({ kind, model }) => kind === 'layer' && (!model || !name.model || model === name.model));
  const known = layersOf(request, name).flatMap((one) => one.names ?? []);
  if (known.length === 0) return all.filter((other) => other.name === name.name || layerPattern(other.name)(name.name));
  const matching = layerMatcher(known);
  const mine = new Set(matching(name.name));
  return all.filter((other) => other.from === name.from || matching(other.name).some((layer) => mine.has(layer)));
}

/** The model files that a pattern is about, with the names of the layers that it matches; undefined: they are not known. */
export function layersOf(
  { document, facts }: Request,
  { name, model }: Pick<Name, 'name' | 'model'>,
): { file: string; names?: string[]; matched?: string[] }[] {
  return modelsOfPattern(writtenModels(document), model === undefined ? name : `${model}:${name}`).models.flatMap(({ file }) => {
    if (file === undefined) return [];
    const known = facts.model(file);
    if (known.state !== 'known') return [{ file }];
    const names = known.value.layers.map((layer) => layer.name);
    return [{ file, names, matched: layerMatcher(names)(name) }];
  });
}
