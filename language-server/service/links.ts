import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver-types';
import type { Request } from './feature.ts';
import { existing, writtenPaths } from './paths.ts';
import { rangeOf } from './text/range.ts';
import { short } from './text/short.ts';

const verbs = { model: 'Open', data: 'Show', labels: 'Open', output: 'Show' } as const;

/** Links from the paths of a recipe to the models, data and label files that they name. */
export function documentLinks({ document, facts }: Request): DocumentLink[] {
  return writtenPaths(document).flatMap((path) => {
    const file = existing(facts, path);
    if (file === undefined) return [];
    const tooltip = `${verbs[path.kind]} ${short(path.written, 60)}`;
    return [{ range: rangeOf(document, path.from, path.to), target: pathToFileURL(file).href, tooltip }];
  });
}
