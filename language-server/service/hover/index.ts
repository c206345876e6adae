import { isScalar, isSeq } from 'yaml';
import type { Hover, Position } from 'vscode-languageserver-types';
import type { Path } from '../../../src/engine/recipe/check.ts';
import type { Request } from '../feature.ts';
import { schemaAt } from '../schema/schema-at.ts';
import { placeAt } from '../text/place-at.ts';
import { dataHover } from './data.ts';
import { keyHover } from './key.ts';
import { layerHover } from './layer.ts';
import { modelHover } from './model.ts';
import type { HoverSource, Subject } from './subject.ts';
import { stepHover } from './step.ts';
import { targetHover } from './target.ts';
import { valueHover } from './value.ts';

/** Everything that has something to say, in the order in which it is shown. A new one is one file and a line here. */
export const hoverSources: readonly HoverSource[] = [layerHover, modelHover, dataHover, targetHover, stepHover, valueHover, keyHover];

/** What is known of the key or the value at a position; null between them. */
export function hover(request: Request, position: Position): Hover | null {
  const subject = subjectAt(request, request.document.text.offsetAt(position));
  if (!subject) return null;
  const parts = hoverSources.flatMap((source) => source(subject) ?? []);
  if (parts.length === 0) return null;
  const { text } = request.document;
  const range = { start: text.positionAt(subject.place.from), end: text.positionAt(subject.place.to) };
  return { contents: { kind: 'markdown', value: parts.join('\n\n---\n\n') }, range };
}

function subjectAt(request: Request, offset: number): Subject | undefined {
  const { document } = request;
  const place = placeAt(document, offset);
  if (!place) return undefined;
  const path = keyPath(place.path);
  const declared = schemaAt(document.tree, path);
  if (!declared) return undefined;
  if (place.at === 'key') return { request, place, path, declared, value: undefined };
  const node = path.length === place.path.length ? declared.node : (schemaAt(document.tree, place.path)?.node ?? null);
  // Between the keys of a map, or the items of a list that goes over lines, nothing is pointed at.
  if (!isScalar(node) && !(isSeq(node) && node.flow)) return undefined;
  return { request, place, path, declared, value: isScalar(node) ? node.value : undefined };
}

/** The items of a list have the words of its key. */
function keyPath(path: Path): Path {
  let length = path.length;
  while (length > 0 && typeof path[length - 1] === 'number') length--;
  return path.slice(0, length);
}
