import type { Range, SemanticTokens } from 'vscode-languageserver-types';
import { isScalar, type Scalar } from 'yaml';
import { literals } from '../../src/engine/recipe/describe.ts';
import type { Request } from './feature.ts';
import { contentOf, names, type Name } from './names.ts';
import { walk, type Visit } from './schema/walk.ts';

/** What tokens can be, in the order of their numbers. The grammar colours the rest: comments, strings, brackets. */
const types = ['property', 'function', 'enumMember', 'number', 'variable', 'class', 'regexp', 'parameter'] as const;
const modifiers = ['declaration', 'deprecated'] as const;

type Type = (typeof types)[number];
type Modifier = (typeof modifiers)[number];

export const semanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] };

interface Token {
  readonly from: number;
  readonly to: number;
  readonly type: Type;
  readonly modifier?: Modifier | undefined;
}

/** What the words of a recipe are: steps, declared keys and values, models, layers, patterns. `within`: those in sight. */
export function semanticTokens({ document }: Request, within?: Range): SemanticTokens {
  const text = document.text.getText();
  const [from, to] = within ? [document.text.offsetAt(within.start), document.text.offsetAt(within.end)] : [0, text.length];
  const named = names(document).flatMap(namedToken);
  const taken = new Set(named.map((token) => token.from));
  const declared = [...walk(document.tree)].flatMap((visit): Token[] => {
    const { node } = visit;
    if (!isScalar(node)) return [];
    const [begin, end] = contentOf(node, text);
    const role = taken.has(begin) ? undefined : roleOf(visit, node);
    return role ? [{ from: begin, to: end, ...role }] : [];
  });
  const seen = [...named, ...declared].filter((token) => token.to > from && token.from < to);
  return { data: encoded(document.text, seen) };
}

function namedToken({ kind, name, isGiven, from, to }: Name): Token[] {
  if (kind === 'anchor') return [];
  if (kind === 'layer') return [{ from, to, type: name.includes('*') ? 'regexp' : 'class' }];
  return [{ from, to, type: 'variable', modifier: isGiven ? 'declaration' : undefined }];
}

function roleOf({ path, at, schema, isFree }: Visit, node: Scalar): Pick<Token, 'type' | 'modifier'> | undefined {
  if (!schema) return undefined;
  if (at === 'key') {
    if (isFree) return { type: 'parameter' };
    const modifier = schema['deprecated'] === true ? 'deprecated' : undefined;
    return { type: path[0] === 'steps' && path.length === 3 ? 'function' : 'property', modifier };
  }
  const { value } = node;
  if (typeof value === 'number') return { type: 'number' };
  if (typeof value !== 'string') return undefined;
  if (literals(schema).includes(value)) return { type: 'enumMember' };
  return /^\s*\d[\d.]*(e[+-]?\d+)?\s*(\/\s*\d[\d.]*|%|[a-z]{1,2})?\s*$/i.test(value) ? { type: 'number' } : undefined;
}

/** Five numbers a token, counted from the one before: lines, characters, length, type, modifiers. */
function encoded(text: Request['document']['text'], tokens: readonly Token[]): number[] {
  const data: number[] = [];
  let [line, character] = [0, 0];
  for (const { from, to, type, modifier } of [...tokens].sort((a, b) => a.from - b.from)) {
    const start = text.positionAt(from);
    // A token ends on its line: editors need not know others.
    if (to <= from || text.positionAt(to).line !== start.line) continue;
    const isNext = start.line === line;
    const bits = modifier ? 1 << modifiers.indexOf(modifier) : 0;
    data.push(start.line - line, isNext ? start.character - character : start.character, to - from, types.indexOf(type), bits);
    [line, character] = [start.line, start.character];
  }
  return data;
}
