import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver-types';
import type { Request } from './feature.ts';
import { existing, isFolder, writtenPaths } from './paths.ts';
import { rangeOf } from './text/range.ts';
import { short } from './text/short.ts';

const verbs = { model: 'Open', data: 'Show', labels: 'Open', output: 'Show' } as const;

/** Links from the paths of a recipe to the models, data and label files that they name. `commands`: the editor is VS Code, which opens no folders but shows them. */
export function documentLinks({ document, facts }: Request, { commands }: { readonly commands: boolean }): DocumentLink[] {
  return writtenPaths(document).flatMap((path) => {
    const file = existing(facts, path);
    if (file === undefined) return [];
    const tooltip = `${verbs[path.kind]} ${short(path.written, 60)}`;
    return [
      {
        range: rangeOf(document, path.from, path.to),
        target: commands && isFolder(facts, file) ? revealing(file) : pathToFileURL(file).href,
        tooltip,
      },
    ];
  });
}

/** VS Code's command with an address as its links write it: `$mid` 1 marks one. */
function revealing(folder: string): string {
  const address = { $mid: 1, scheme: 'file', path: decodeURIComponent(pathToFileURL(folder).pathname) };
  return `command:revealInExplorer?${encodeURIComponent(JSON.stringify([address]))}`;
}
