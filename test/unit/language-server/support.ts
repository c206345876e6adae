import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Position, TextEdit } from 'vscode-languageserver-types';
import { recipeDocument, type RecipeDocument } from '../../../language-server/service/document.ts';
import type { Facts, Figures, FoundWidths, LastRun } from '../../../language-server/service/facts.ts';
import type { Request } from '../../../language-server/service/feature.ts';
import type { RecipeSymbol } from '../../../language-server/service/workspace-symbols.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { DataFacts, Known, LayerFacts, ModelFacts } from '../../../src/engine/recipe/facts/types.ts';

/** Folder that test recipes lie in. */
export const folder = '/work-space';
export const recipeFile = `${folder}/test.compress.yaml`;

/** What a fake world holds, by absolute path. */
export interface FakeWorld {
  readonly models?: Readonly<Record<string, ModelFacts>>;
  readonly data?: Readonly<Record<string, DataFacts>>;
  readonly folders?: Readonly<Record<string, readonly string[]>>;
  readonly figures?: Readonly<Record<string, readonly Figures[]>>;
  readonly composed?: Readonly<Record<string, string>>;
  readonly lastRuns?: Readonly<Record<string, LastRun>>;
  readonly foundWidths?: Readonly<Record<string, FoundWidths>>;
  readonly recipes?: readonly string[];
  readonly outlines?: Readonly<Record<string, readonly RecipeSymbol[]>>;
}

/** Facts that are known at once; what the world lacks is a problem, as of a missing file. `tell` fires a change. */
export function fakeFacts(world: FakeWorld = {}): Facts & { tell(path: string): void } {
  const listeners = new Set<(path: string) => void>();
  const known = <T>(of: Readonly<Record<string, T>> | undefined, path: string): Known<T> =>
    of && Object.hasOwn(of, path)
      ? { state: 'known', value: of[path]! }
      : { state: 'problem', code: 'file.missing', message: `there is no ${path}` };
  return {
    model: (file) => known(world.models, file),
    pruning: (file) => {
      const pruning = world.models?.[file]?.pruning;
      return pruning ? { state: 'known', value: pruning } : { state: 'problem', code: 'facts.no-channels', message: 'no channel can go' };
    },
    data: (path) => known(world.data, path),
    folder: (path) => known(world.folders, path),
    figures: (file) => world.figures?.[file] ?? [],
    lastRun: (file) => world.lastRuns?.[file],
    composed: (file) => world.composed?.[file],
    foundWidths: (file) => world.foundWidths?.[file],
    recipes: () => world.recipes ?? [],
    outline: (file) => known(world.outlines, file),
    models: () => Object.keys(world.models ?? {}).sort(),
    onDidChange(listener) {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    tell: (path) => listeners.forEach((listener) => listener(path)),
  };
}

/** Facts of a layer: an ordinary convolution, but for what is given. */
export const layerFacts = (name: string, more: Partial<LayerFacts> = {}): LayerFacts => ({
  name,
  op: 'Conv',
  shape: [1, 16, 32, 32],
  detail: '3×3',
  parameters: 448,
  macs: 442368,
  weights: { elements: 432, bytes: 1728 },
  ...more,
});

/** Facts of a model at `folder`/model.onnx with the given layers: names, or facts. */
export function modelFacts(layers: readonly (string | LayerFacts)[], more: Partial<ModelFacts> = {}): ModelFacts {
  const all = layers.map((layer) => (typeof layer === 'string' ? layerFacts(layer) : layer));
  return {
    file: `${folder}/model.onnx`,
    sha256: '0'.repeat(64),
    bytes: 100_000,
    opset: 13,
    layers: all,
    inputs: [{ name: 'input', shape: [1, 3, 32, 32], type: DataType.float32 }],
    outputs: [{ name: 'output', shape: [1, 10], type: DataType.float32 }],
    metadata: {},
    parameters: all.reduce((sum, { parameters }) => sum + parameters, 0),
    weightBytes: all.reduce((sum, { weights }) => sum + (weights?.bytes ?? 0), 0),
    macs: all.reduce((sum, { macs }) => sum + (macs ?? 0), 0),
    ...more,
  };
}

/** A text with the one mark `|` taken out, and where it stood. Where the text needs a "|" of its own, give another mark. */
export function unmarked(marked: string, mark = '|'): { text: string; offset: number } {
  const offset = marked.indexOf(mark);
  if (offset < 0) throw new Error(`no ${mark} in ${JSON.stringify(marked)}`);
  return { text: marked.slice(0, offset) + marked.slice(offset + mark.length), offset };
}

export interface MarkedRequest extends Request {
  readonly offset: number;
  readonly position: Position;
}

export const testDocument = (text: string, file = recipeFile): RecipeDocument => recipeDocument(`file://${file}`, 1, text);

/** A request about a text without a mark. */
export const request = (text: string, facts: Facts = fakeFacts(), file = recipeFile): Request => ({
  document: testDocument(text, file),
  facts,
  signal: new AbortController().signal,
});

/** A request about a text, with the place of its mark `|`. */
export function requestAt(marked: string, facts: Facts = fakeFacts(), file = recipeFile): MarkedRequest {
  const { text, offset } = unmarked(marked);
  const plain = request(text, facts, file);
  return { ...plain, offset, position: plain.document.text.positionAt(offset) };
}

/** The text after edits as an editor applies them. */
export const applied = (text: string, edits: TextEdit[]): string =>
  TextDocument.applyEdits(TextDocument.create('file:///applied', 'yaml', 1, text), edits);
