import path from 'node:path';
import { CodeActionKind } from 'vscode-languageserver-types';
import { isMap, type Node } from 'yaml';
import { editMap, indentOf, lineBreak, lineEnd, startOf, type TextEdit } from '../../../src/engine/recipe/edit-map.ts';
import { endOf } from '../../../src/engine/recipe/layer-entries.ts';
import { likelyPictures } from '../../../src/engine/recipe/likely-pictures.ts';
import type { Request } from '../feature.ts';
import { mapAt, nodeAt } from '../written.ts';
import type { RecipeAction } from './action.ts';
import { quantizingSteps } from './layers.ts';
import { isJson } from './json.ts';
import { sectionAt } from './section.ts';

/** Pictures to take ranges from are enough by then: Nagel et al., A white paper on neural network quantization, arXiv:2106.08295, section 3.1. */
const enoughPictures = 256;

/** Adds `data.calibration` to a recipe that quantizes and has no pictures to take ranges from. */
export const addCalibration: RecipeAction = {
  id: 'add-calibration',
  kind: CodeActionKind.QuickFix,
  offer(request) {
    const section = sectionAt(request);
    const data = mapAt(request.document, ['data']);
    const isMissing = quantizingSteps(request).length > 0 && !data.has('calibration') && !data.has('train');
    if (!isMissing || !section || !['steps', 'data'].includes(section.key)) return [];
    // At the name of a step that lacks them the problem has this among its ways out.
    const [from, to] = (section.key === 'steps' && (section.item?.key as Node | undefined)?.range) || [Infinity, 0];
    if (request.from >= from && request.to <= to) return [];
    const folder = pictures(request) ?? 'calibration';
    return [{ title: `Add calibration data: ${folder}`, edits: () => added(request, folder) }];
  },
};

function pictures({ document: { file }, facts }: Request): string | undefined {
  return file === undefined ? undefined : likelyPictures(facts, path.dirname(file));
}

function added({ document }: Request, folder: string): readonly TextEdit[] {
  const text = document.text.getText();
  const root = nodeAt(document, []);
  if (!isMap(root) || root.items.length === 0) return [];
  const json = isJson(text);
  const quote = (word: string): string => (json || !/^[a-z][\w/-]*$/i.test(word) ? JSON.stringify(word) : word);
  const source = json ? `{ "path": ${quote(folder)}, "count": ${enoughPictures} }` : `{ path: ${quote(folder)}, count: ${enoughPictures} }`;
  const key = json ? '"calibration"' : 'calibration';
  const data = nodeAt(document, ['data']);
  if (isMap(data) && data.items.length) return editMap(text, data, { items: new Map(), added: [`${key}: ${source}`] });
  const pair = root.items.find(({ key: name }) => String(name) === 'data');
  if (pair) return [{ from: startOf(pair), to: endOf(pair, text), text: `${json ? '"data"' : 'data'}: { ${key}: ${source} }` }];
  const before = root.items.find(({ key: name }) => ['steps', 'layers', 'gate', 'output'].includes(String(name)));
  const last = root.items.at(-1)!;
  if (root.flow) return editMap(text, root, { items: new Map(), added: [`${json ? '"data"' : 'data'}: { ${key}: ${source} }`] });
  const lines = (indent: string): string => `${indent}data:${lineBreak(text)}${indent}  ${key}: ${source}`;
  if (!before) return [{ from: lineEnd(text, endOf(last, text)), to: lineEnd(text, endOf(last, text)), text: lineBreak(text) + lines('') }];
  const indent = indentOf(text, startOf(before)) ?? '';
  const at = startOf(before) - indent.length;
  return [{ from: at, to: at, text: lines(indent) + lineBreak(text) }];
}
