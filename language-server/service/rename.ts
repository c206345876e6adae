import type { Range, WorkspaceEdit } from 'vscode-languageserver-types';
import { LatheError } from '../../src/engine/base/errors.ts';
import { modelName } from '../../src/engine/recipe/models.ts';
import type { Request } from './feature.ts';
import { aliasesOf, nameAt, samePlaces, type Name } from './names.ts';
import { rangeOf } from './text/range.ts';

/** What can be renamed at an offset: an alias of `models`, or an anchor. Names of layers are the model's. */
export function prepareRename({ document }: Request, offset: number): { range: Range; placeholder: string } | null {
  const name = renamable(document, offset);
  return name ? { range: rangeOf(document, name.from, name.to), placeholder: name.name } : null;
}

/** The name's new spelling in every place. Throws LatheError `recipe.rename` for a name that can't be one, or that there is already. */
export function rename({ document }: Request, offset: number, newName: string): WorkspaceEdit | null {
  const name = renamable(document, offset);
  if (!name || newName === name.name) return null;
  refuse(name, newName, aliasesOf(document), document.tree.anchors.has(newName));
  const edits = samePlaces(document, name).map(({ from, to }) => ({ range: rangeOf(document, from, to), newText: newName }));
  return { changes: { [document.uri]: edits } };
}

function renamable(document: Request['document'], offset: number): Name | undefined {
  const name = nameAt(document, offset);
  return name && name.kind !== 'layer' && samePlaces(document, name).some(({ isGiven }) => isGiven) ? name : undefined;
}

function refuse({ kind }: Name, newName: string, aliases: readonly string[], isAnchor: boolean): void {
  const shown = JSON.stringify(newName.slice(0, 80));
  // YAML would read these three as values of another type.
  if (kind === 'model' && (!modelName.test(newName) || /^(true|false|null)$/i.test(newName))) {
    throw new LatheError('recipe.rename', `a model is named by letters, digits, - and _, at most 64, not ${shown}`);
  }
  if (kind === 'anchor' && !/^[^\s,[\]{}&*!]{1,64}$/u.test(newName)) {
    throw new LatheError('recipe.rename', `an anchor has no spaces and no brackets, at most 64 signs, and is not ${shown}`);
  }
  if (kind === 'model' ? aliases.includes(newName) : isAnchor) throw new LatheError('recipe.rename', `there is ${shown} already`);
}
