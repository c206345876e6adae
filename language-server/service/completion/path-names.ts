import path from 'node:path';
import { CompletionItemKind } from 'vscode-languageserver-types';
import type { DataFacts } from '../../../src/engine/recipe/facts/types.ts';
import { count } from '../../../src/protocol/format.ts';
import { short } from '../text/short.ts';
import { absolutePath, textAt } from '../written.ts';
import type { CompletionSource } from './completion.ts';
import type { Offer } from './item.ts';
import type { Situation, Spot } from './situation.ts';
import { written } from './written-value.ts';

/** Names of one folder that are offered, and folders of pictures that are counted for it. */
const mostNames = 300;
const mostCounted = 12;

/** What a path is for, and which files it can be. */
interface PathKind {
  readonly files: RegExp | undefined;
  /** A folder is an answer, not only the way to one. */
  readonly takesFolders: boolean;
  readonly isData?: boolean;
}

const model: PathKind = { files: /\.onnx$/i, takesFolders: false };
const pictures: PathKind = { files: /\.(npy|npz|txt|csv)$/i, takesFolders: true, isData: true };
const labels: PathKind = { files: /\.(csv|json|txt)$/i, takesFolders: false };
const folder: PathKind = { files: undefined, takesFolders: true };

/** Names in the folder that the path so far leads to, where the recipe names files. */
export const pathCompletions: CompletionSource = (spot, situation) => {
  const kind = spot.as === 'value' ? kindOf(spot) : undefined;
  const { typed } = situation.cursor;
  // A network path, or an address: asking for its names would already connect.
  if (!kind || /^([\\/]{2}|[a-z][a-z0-9+.-]+:)/i.test(typed)) return [];
  const begun = typed.slice(0, 1 + Math.max(typed.lastIndexOf('/'), typed.lastIndexOf('\\')));
  return basesOf(kind, spot, situation).flatMap((base) => offersIn(base, begun, kind, situation));
};

function kindOf({ path: at, declared: { schema } }: Spot): PathKind | undefined {
  if (schema['model'] === true) return model;
  if (at[0] === 'data' && at.at(-1) === 'labels') return labels;
  if (schema['format'] !== 'path') return undefined;
  return at[0] === 'data' ? pictures : at[0] === 'output' ? folder : model;
}

/** The place names a file or a folder. */
export const isPath = (spot: Spot): boolean => kindOf(spot) !== undefined;

/** Folders that a path is looked for in: the recipe's, and for labels that of their pictures. */
function basesOf(kind: PathKind, spot: Spot, { request: { document } }: Situation): string[] {
  if (document.file === undefined) return [];
  const own = path.dirname(document.file);
  const data = kind === labels ? absolutePath(document, textAt(document, [...spot.path.slice(0, -1), 'path'])) : undefined;
  return data === undefined ? [own] : [own, data];
}

function offersIn(base: string, begun: string, kind: PathKind, situation: Situation): Offer[] {
  const { cursor, request, client } = situation;
  const at = path.resolve(base, begun);
  const names = request.facts.folder(at);
  if (names.state !== 'known') return [];
  const rest = cursor.typed.slice(begun.length).toLowerCase();
  const isHidden = (name: string): boolean => name.startsWith('.') && !rest.startsWith('.');
  // Models of the workspace are offered already, wherever they lie.
  const offered = new Set(kind === model ? request.facts.models() : []);
  const fits = (name: string): boolean => name.endsWith('/') || (kind.files?.test(name) === true && !offered.has(path.join(at, name)));
  const fitting = names.value.filter((name) => !isHidden(name) && fits(name));
  const near = fitting.filter((name) => name.toLowerCase().includes(rest));
  let counted = 0;
  return near.slice(0, mostNames).map((name, place): Offer => {
    const isFolder = name.endsWith('/');
    // The way on is a key away: a slash behind a folder of pictures is not the usual way to write it.
    const goesOn = isFolder && !kind.takesFolders;
    const text = begun + (isFolder && !(goesOn && client.suggestAgain) ? name.slice(0, -1) : name);
    const file = path.join(at, isFolder ? name.slice(0, -1) : name);
    const data = kind.isData && (!isFolder || counted++ < mostCounted) ? request.facts.data(file) : undefined;
    return {
      label: short(name, 120),
      kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
      parts: [written(text, cursor.isJson, cursor.quote)],
      filter: cursor.quote + text,
      rank: 3000 + place + (isFolder && !kind.takesFolders ? 1000 : 0),
      aside: data?.state === 'known' ? dataText(data.value) : '',
      again: goesOn,
      isPartial: near.length > mostNames,
    };
  });
}

function dataText({ count: pictures, more, kind, classes }: DataFacts): string {
  const what = kind === 'arrays' ? 'rows' : 'pictures';
  const total = `${more ? 'more than ' : ''}${count(pictures)} ${what}`;
  return classes && classes.length > 1 ? `${total}, ${classes.length} classes` : total;
}

/** A path as a recipe writes it: from its own folder, with slashes. On another drive it stays absolute. */
export const relativePath = (recipe: string, file: string): string => path.relative(path.dirname(recipe), file).split(path.sep).join('/');
