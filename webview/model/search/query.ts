import type { ShownOverlay } from '../../overlays/overlay.ts';
import { comparison } from './comparison.ts';
import { plain, type SearchIndex } from './search-index.ts';

/** Whether a node is one that is looked for. */
export type NodeTest = (node: number) => boolean;

export interface Query {
  /** Undefined: nothing is looked for. */
  test: NodeTest | undefined;
  /** Why a part of it cannot be understood, one sentence. */
  problem?: string;
}

/** How many were found; `place` from 1, 0 while none of them is selected. */
export interface Found {
  count: number;
  place: number;
  problem?: string | undefined;
}

/** What a query may ask about. */
export interface SearchContext {
  index: SearchIndex;
  shown: ShownOverlay | undefined;
}

class QueryError extends Error {}

/**
 * What a person typed, as a test of nodes. Terms apart from each other must all hold, `or` stands between alternatives, `-`, `not` or `without` in
 * front of a term turns it round:
 *
 * - `conv`, `"two words"`: in the name, the operator or the attributes; `64x56` also in the shape
 * - `/regular expression/`
 * - `name:`, `op:`, `attr:`, `shape:`, `in:` (a group's title) with any of the above behind; `#12`, the twelfth layer
 * - `macs>1M`, `params <= 10k`, `> 1 M MACs`, `bytes>1MB`; `value<20`, `below 20 dB` of the shown overlay; `worst 5`
 */
export function parseQuery(query: string, context: SearchContext): Query {
  try {
    const alternatives = [new Terms(query).all(context)].flatMap((all) => all).filter((terms) => terms.length > 0);
    if (alternatives.length === 0) return { test: undefined };
    return { test: (node) => alternatives.some((terms) => terms.every((term) => term(node))) };
  } catch (error) {
    if (error instanceof QueryError) return { test: () => false, problem: error.message };
    throw error;
  }
}

/** Words that join the others and say nothing by themselves, unless they are all there is. */
const joining = new Set(['and', 'with', 'having', 'that', 'have', 'has', 'which', 'whose', 'layers', 'nodes']);
const negating = new Set(['not', 'without']);

class Terms {
  #rest: string;

  constructor(query: string) {
    this.#rest = query.trim();
  }

  /** Alternatives, each a list of what must hold. */
  all(context: SearchContext): NodeTest[][] {
    const alternatives: NodeTest[][] = [[]];
    let joined: string[] = [];
    let negated = false;
    const add = (test: NodeTest): void => {
      alternatives.at(-1)!.push(negated ? (node) => !test(node) : test);
      negated = false;
      joined = [];
    };
    while (this.#rest !== '') {
      const figures = this.#take((rest) => comparison(rest, context, (sentence) => new QueryError(sentence)));
      if (figures) {
        add(figures);
        continue;
      }
      const word = this.#word();
      const lower = word.toLowerCase();
      if (joining.has(lower) && (this.#rest !== '' || alternatives.at(-1)!.length > 0)) joined.push(word);
      else if (lower === 'or' && alternatives.at(-1)!.length > 0 && this.#rest !== '') alternatives.push([]);
      else if (negating.has(lower) && this.#rest !== '') negated = !negated;
      else if (word.length > 1 && word.startsWith('-')) {
        negated = !negated;
        this.#rest = `${word.slice(1)} ${this.#rest}`.trim();
      } else add(term(word, context.index));
    }
    // "with" alone looks for the word.
    if (joined.length && alternatives.every((terms) => terms.length === 0)) for (const word of joined) add(term(word, context.index));
    return alternatives;
  }

  /** The next term: up to a space outside of quotes and of a regular expression. */
  #word(): string {
    const found = /^(?:-?(?:[a-z]+:)?(?:"[^"]*"|\/(?:[^\s/\\]|\\.|\/(?!\s|$))+\/(?=\s|$)|\/(?:[^/\\]|\\.)+\/(?=\s*$)))|^\S+/i.exec(
      this.#rest,
    );
    const [word = this.#rest] = found ?? [];
    this.#rest = this.#rest.slice(word.length).trimStart();
    return word;
  }

  #take(parse: (rest: string) => { test: NodeTest; length: number } | undefined): NodeTest | undefined {
    const found = parse(this.#rest);
    if (!found) return undefined;
    this.#rest = this.#rest.slice(found.length).trimStart();
    return found.test;
  }
}

/** One term that is no comparison. */
function term(word: string, index: SearchIndex): NodeTest {
  const layer = /^#(\d+)$/.exec(word);
  if (layer) return (node) => node === Number(layer[1]) - 1 && node < index.layers.length;
  const [, field, rest] = /^(name|op|attr|shape|in):(.*)$/is.exec(word) ?? [];
  if (field !== undefined && rest) return inField(field.toLowerCase(), rest, index);
  const has = textTest(word);
  const { names, operators, attributes, shapes } = index;
  if (/^\d+([x×]\d+)+$/i.test(word)) {
    const shaped = shapeTest(word);
    return (node) => has(names[node]!) || has(attributes[node]!) || shaped(shapes[node]!);
  }
  return (node) => has(names[node]!) || has(operators[node]!) || has(attributes[node]!);
}

function inField(field: string, text: string, index: SearchIndex): NodeTest {
  const isPattern = text.startsWith('/') || text.startsWith('"');
  if (field === 'shape' && !isPattern) return inTexts(index.shapes, shapeTest(text));
  // Operators by their beginning: "op:conv" does not mean QLinearConv.
  if (field === 'op' && !isPattern) return inTexts(index.operators, (operator) => operator.startsWith(plain(text)));
  const texts = { name: index.names, op: index.operators, attr: index.attributes, shape: index.shapes, in: index.groups }[field]!;
  return inTexts(texts, textTest(text));
}

const inTexts =
  (texts: readonly string[], test: (text: string) => boolean): NodeTest =>
  (node) =>
    test(texts[node]!);

/** `"quoted"`, `/regular expression/` or a plain word. */
function textTest(word: string): (text: string) => boolean {
  const expression = /^\/(.+)\/$/s.exec(word);
  if (expression) {
    const pattern = regularExpression(expression[1]!);
    return (text) => pattern.test(text);
  }
  const wanted = plain(/^"(.*)"$/s.exec(word)?.[1] ?? word);
  return (text) => text.includes(wanted);
}

function regularExpression(source: string): RegExp {
  try {
    // Texts are in lower case; m: ^ and $ hold for each line of the attributes.
    return new RegExp(source.replaceAll('×', 'x'), 'im');
  } catch (error) {
    throw new QueryError(`The regular expression cannot be read: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`);
  }
}

/** "3x8" is in 1x3x8x8 and not in 1x13x8x8; "?" stands for a free dimension. */
function shapeTest(text: string): (shape: string) => boolean {
  const wanted = plain(text)
    .replace(/[[\]()\s]/g, '')
    .replaceAll(',', 'x');
  return (shapes) => shapes.split(' ').some((shape) => `x${shape}x`.includes(`x${wanted.replace(/^x|x$/g, '')}x`));
}
