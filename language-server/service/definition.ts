import { pathToFileURL } from 'node:url';
import type { Location } from 'vscode-languageserver-types';
import type { Request } from './feature.ts';
import { wholeOf } from './model-figures.ts';
import { nameAt, samePlaces } from './names.ts';
import { existing, isFolder, writtenPaths } from './paths.ts';
import { layersOf } from './references.ts';
import { rangeOf } from './text/range.ts';

/**
 * Where what stands at an offset comes from: the entry of a model's alias, an anchor, the file that a path names. A layer comes from its
 * model, of a chain from its models as one; an editor that can draw models selects it there.
 */
export function definition(request: Request, offset: number): Location[] {
  const { document, facts } = request;
  const name = nameAt(document, offset);
  if (name?.kind === 'layer') {
    const whole = wholeOf(request);
    // Of a chain the graph of the whole, once it has been composed.
    if (whole !== undefined && facts.model(whole).state !== 'problem') return [beginning(whole)];
    return layersOf(request, name).flatMap(({ file, matched }) => (matched?.length === 0 ? [] : [beginning(file)]));
  }
  if (name) {
    return samePlaces(document, name)
      .filter(({ isGiven }) => isGiven)
      .map(({ from, to }) => ({ uri: document.uri, range: rangeOf(document, from, to) }));
  }
  const path = writtenPaths(document).find(({ from, to }) => offset >= from && offset <= to);
  const file = path && existing(facts, path);
  // Editors show files, not folders.
  return file === undefined || isFolder(facts, file) ? [] : [beginning(file)];
}

const beginning = (file: string): Location => ({
  uri: pathToFileURL(file).href,
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
});
