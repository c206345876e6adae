import path from 'node:path';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Path } from '../../src/engine/recipe/check.ts';
import { pairsOf } from '../../src/engine/recipe/layer-entries.ts';
import { splitPattern } from '../../src/engine/recipe/models.ts';
import { targets } from '../../src/engine/targets/index.ts';
import type { RecipeDocument } from './document.ts';

/** What a recipe says, as far as it can be read: nothing here is checked. */

/** The pairs of the map at a path; none where no map stands. */
export const mapAt = (document: RecipeDocument, at: Path): ReadonlyMap<string, Node | null> => {
  const node = nodeAt(document, at);
  return new Map(isMap(node) ? pairsOf(node, document.tree.anchors).map(({ key, value }) => [key, value]) : []);
};

/** The node at a path, aliases followed. */
export function nodeAt({ tree }: RecipeDocument, at: Path): Node | null {
  let node = tree.contents;
  for (const part of at) {
    if (isMap(node)) node = pairsOf(node, tree.anchors).find(({ key }) => key === part)?.value ?? null;
    else if (isSeq(node) && typeof part === 'number') node = (node.items[part] as Node | undefined) ?? null;
    else return null;
  }
  return node;
}

/** The scalar at a path; undefined where none stands. */
export function scalarAt(document: RecipeDocument, at: Path): unknown {
  const node = nodeAt(document, at);
  return isScalar(node) ? node.value : undefined;
}

export function textAt(document: RecipeDocument, at: Path): string | undefined {
  const value = scalarAt(document, at);
  return typeof value === 'string' ? value : undefined;
}

/** The target that a recipe is for, whether there is such a one or not. */
export const targetName = (document: RecipeDocument): string => textAt(document, ['target']) ?? targets[0]!.name;

/** A model of a recipe: a file, or a network to be made. */
export interface WrittenModel {
  /** Absent for the only model of a recipe. */
  readonly alias?: string;
  /** Absolute. Absent for a new network, and in a text that is no file. */
  readonly file?: string;
  /** Architecture of a new network. */
  readonly architecture?: string;
}

/** The models of a recipe in the order of its text. */
export function writtenModels(document: RecipeDocument): WrittenModel[] {
  const models = mapAt(document, ['models']);
  if (models.size === 0) {
    const file = absolutePath(document, textAt(document, ['model']));
    return file === undefined ? [] : [{ file }];
  }
  return [...models.keys()].map((alias) => {
    const file = absolutePath(document, textAt(document, ['models', alias, 'model']));
    const architecture = textAt(document, ['models', alias, 'new']);
    return { alias, ...(file === undefined ? {} : { file }), ...(architecture === undefined ? {} : { architecture }) };
  });
}

/** The model that a step works on. */
export function modelOfStep(document: RecipeDocument, index: number): WrittenModel | undefined {
  const models = writtenModels(document);
  const [name = ''] = mapAt(document, ['steps', index]).keys();
  const on = textAt(document, ['steps', index, name, 'on']);
  return models.find(({ alias }) => alias === on) ?? (on === undefined ? models.at(-1) : undefined);
}

/** Of a recipe's models those whose layers a pattern of `layers` is about, and the pattern without an alias before it. */
export function modelsOfPattern(models: readonly WrittenModel[], written: string): { models: readonly WrittenModel[]; pattern: string } {
  const { alias, pattern } = splitPattern(
    written,
    models.flatMap((model) => model.alias ?? []),
  );
  return { models: alias === undefined ? models : models.filter((model) => model.alias === alias), pattern };
}

/** A path of a recipe from the root of the file system; undefined where the text is no file. */
export function absolutePath({ file }: RecipeDocument, written: string | undefined): string | undefined {
  return written && file !== undefined ? path.resolve(path.dirname(file), written) : undefined;
}
