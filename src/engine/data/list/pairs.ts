import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import type { Entry } from './entry.ts';

/**
 * A file pattern: `*` stands for any characters, `/` included; a `*` straight behind the last dot is the ending alone. The first `*` is
 * the stem that joins the files of a pair.
 */
function compile(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  let source = '';
  escaped.forEach((part, i) => {
    if (i > 0) source += i === escaped.length - 1 && part === '' && source.endsWith('\\.') ? '([^./]*)' : '(.*)';
    source += part;
  });
  return new RegExp(`^${source}$`, 's');
}

/**
 * Joins inputs and targets among `files` (relative to `root`) by the stem. A file that fits both patterns is an input. Throws
 * `data.pairs` for an input without a target, or a stem with several.
 */
export function pairUp(files: readonly string[], root: string, patterns: { input: string; target: string }): Entry[] {
  const [input, target] = [compile(patterns.input), compile(patterns.target)];
  const place = {
    file: root,
    hint: `pairs: { input: ${JSON.stringify(patterns.input)}, target: ${JSON.stringify(patterns.target)} }; the first * joins them.`,
  };
  for (const pattern of [patterns.input, patterns.target]) {
    if (!pattern.includes('*')) throw new LatheError('data.pairs', `the pattern ${JSON.stringify(pattern)} has no *`, place);
  }
  const targets = new Map<string, string[]>();
  const inputs: [stem: string, file: string][] = [];
  for (const file of files) {
    const stem = input.exec(file)?.[1];
    if (stem !== undefined) inputs.push([stem, file]);
    else {
      const other = target.exec(file)?.[1];
      if (other !== undefined) targets.set(other, [...(targets.get(other) ?? []), file]);
    }
  }
  if (inputs.length === 0) throw new LatheError('data.pairs', 'no file fits the pattern of the inputs', place);
  return inputs.map(([stem, file]) => {
    const found = targets.get(stem) ?? [];
    if (found.length !== 1) {
      const what = found.length === 0 ? 'no target' : `several targets (${found.join(', ')})`;
      throw new LatheError('data.pairs', `${file} has ${what}`, place);
    }
    return { id: file, content: { kind: 'picture', file: path.join(root, file), target: path.join(root, found[0]!) } };
  });
}
