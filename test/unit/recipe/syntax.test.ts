import fc from 'fast-check';
import { isAlias, isMap, isPair, isSeq, parseDocument, type Scalar } from 'yaml';
import { describe, expect, it } from 'vitest';
import { SyntaxReader, type Syntax } from '../../../src/engine/recipe/syntax/reader.ts';

/** Nodes as plain data, with what must be the same whoever read them. Block collections have no end of their own: it is their last item's. */
function plain(node: unknown): unknown {
  if (isPair(node)) return [plain(node.key), plain(node.value)];
  if (isMap(node)) return { map: node.items.map(plain), range: node.flow ? node.range!.slice(0, 2) : node.range![0] };
  if (isSeq(node)) return { list: node.items.map(plain), ...(node.flow ? { range: node.range!.slice(0, 2) } : {}) };
  if (isAlias(node)) return { alias: node.source, range: node.range!.slice(0, 2) };
  if (!node) return null;
  const { value, type, range } = node as Scalar;
  // Where nothing stands, the parser's place is behind the space that follows.
  return value === null && type === 'PLAIN' && range![0] === range![1] ? null : { value, type, range: range!.slice(0, 2) };
}

const byParser = (text: string): unknown => plain(parseDocument(text, { prettyErrors: false, uniqueKeys: false }).contents);
const anchorsOf = ({ anchors }: Syntax): unknown => [...anchors].map(([name, node]) => [name, plain(node)]);
const all = (syntax: Syntax): unknown => ({ contents: plain(syntax.contents), mistakes: syntax.mistakes, anchors: anchorsOf(syntax) });
const values = (syntax: Syntax): unknown => JSON.parse(JSON.stringify(syntax.contents ?? null));

const right = [
  '',
  '# only a remark\n',
  'just text',
  'a: 1',
  'a: 1\r\nb:\r\n  c: 2 # remark\r\n\r\n# end',
  'steps:\n  - quantize: { weights: 4 }\n  - prune:\n      channels: 0.5\n      rounds: 2\n  -\n  - qat\n',
  'steps:\n- a\n- b: 1\n  c: 2\nx: 1\n',
  '- - a\n  - b: 1\n- c\n',
  'a: {\n  b: 1,\n  c: [1,\n    2],\n}\nd: 1\n',
  'a:\n  { x: 1,\n  y: 2 }\nb: "two\n  lines: 2"\n',
  'a:\n  "text: that\n  goes: on"\nb: 1\n',
  'a: |\n  x\n  y: 1\n\n# c\nb: >-\n  folded\n  text\nc: |+\n  kept\n\n',
  "\"quoted key\": 1\n'it''s: one': 2\n? complex\n: 3\n",
  'a: &x { y: 1 }\nb: *x\nc: &y\n  d: 1\ne:\n  - *y\n',
  '---\na: 1\n',
  'a: 1\n...\n',
  '%YAML 1.2\n---\na: 1\n',
  '\ufeffa: 1\nb:\n  c: 2\n',
  '{"version": 1, "steps": [{"quantize": {"weights": 4}}]}',
  'url: http://a/b#c\ntime: 12:30\nkey with spaces : 1\na#b: 2\n',
  'a:\n\n\n    b:\n      - 1\n\n      - 2\n    c:\n',
  '😀: 1\nb: "😀"\n',
];

it.each(right)('reads as the parser does: %j', (text) => {
  const syntax = new SyntaxReader().read(text);
  expect(plain(syntax.contents)).toEqual(byParser(text));
  expect(syntax.mistakes).toEqual([]);
});

it.each<[what: string, text: string, value: unknown]>([
  ['a key half typed, before another', 'a:\n  conv1\n  c: 2\nd: 3\n', { a: { conv1: null, c: 2 }, d: 3 }],
  ['a key half typed at the root', 'model\nd: 3\n', { model: null, d: 3 }],
  ['a quote not closed', 'a:\n  x: "b\n  c: 2\nd: 3\n', { a: { x: 'b', c: 2 }, d: 3 }],
  ['a quoted key not closed', 'a:\n  "b\n  c: 2\nd: 3\n', { a: { b: null, c: 2 }, d: 3 }],
  ['brackets not closed', 'a:\n  c: { x: [1,\n  e: 4\nd: 3\n', { a: { c: { x: [1] }, e: 4 }, d: 3 }],
  ['an item without its dash', 'steps:\n  - a\n  b\n', { steps: ['a', 'b'] }],
  ['a column between two', 'a:\n    b: 1\n  c: 2\nd: 3\n', { a: { b: 1, c: 2 }, d: 3 }],
  ['a key with nothing', 'a:\n  b:\nc: 1\n', { a: { b: null }, c: 1 }],
])('finds its way again after %s', (_, text, value) => {
  const syntax = new SyntaxReader().read(text);
  expect(values(syntax)).toEqual(value);
});

const line = fc.oneof(
  fc.constantFrom(
    'a: 1',
    'layers:',
    '- b: { c: 1 }',
    '- x',
    '-',
    'key',
    '# remark',
    '',
    '"q": [1, 2]',
    '}',
    'c: "open',
    'd: { e: [',
    'f: |',
    '  text',
    '*x',
    '&y',
    '? k',
    ': v',
    '\tt: 1',
    "'s",
    'é😀: ü',
    'a: 1\r',
  ),
  fc.string({ maxLength: 6 }),
);
const text = fc
  .array(fc.tuple(fc.nat(3), line), { maxLength: 14 })
  .map((lines) => lines.map(([depth, words]) => '  '.repeat(depth) + words).join('\n'));

describe('whatever is typed', () => {
  it('reads a changed text as one that was never seen', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), fc.nat(), (texts, seed) => {
        const reader = new SyntaxReader();
        for (const whole of [...texts, texts[0]! + texts[1]!, texts[0]!.slice(seed % 50) + texts[1]!])
          expect(all(reader.read(whole))).toEqual(all(new SyntaxReader().read(whole)));
      }),
      { numRuns: 300 },
    );
  });

  it('reads as the parser does where the parser finds no mistake', () => {
    fc.assert(
      fc.property(text, (whole) => {
        const { errors, warnings, contents } = parseDocument(whole, { prettyErrors: false, uniqueKeys: false });
        fc.pre(errors.length + warnings.length === 0 && contents !== null);
        expect(plain(new SyntaxReader().read(whole).contents)).toEqual(plain(contents));
      }),
      { numRuns: 1000 },
    );
  });

  it('finds a mistake where the parser finds one', () => {
    fc.assert(
      fc.property(text, (whole) => {
        // A bracket that closes nothing is a mistake for the parser in some places only.
        fc.pre(!/^ *[}\]]/m.test(whole) && parseDocument(whole, { prettyErrors: false, uniqueKeys: false }).errors.length > 0);
        expect(new SyntaxReader().read(whole).mistakes).not.toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
