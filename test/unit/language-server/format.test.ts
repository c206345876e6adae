import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { format } from '../../../language-server/service/format/format.ts';
import { applied, request } from './support.ts';

const done = (text: string, options?: Parameters<typeof format>[1]): string => applied(text, format(request(text), options));

describe('formatting', () => {
  it.each([
    ['steps:\n- quantize:\n    weights:  4\n    activations :8\n', undefined],
    ['version:   1\nmodel :  a.onnx   \n', 'version: 1\nmodel: a.onnx\n'],
    [
      'steps:\n- quantize: {weights: 4,activations:  8 }\n-   train:\n        epochs: 3\n',
      'steps:\n  - quantize: { weights: 4, activations: 8 }\n  - train:\n      epochs: 3\n',
    ],
    ['data:\n    input: { mean: [ 0.5,0.5 ,0.5 ], a: {  } , b: [ ] }\n', 'data:\n  input: { mean: [0.5, 0.5, 0.5], a: {}, b: [] }\n'],
    ['\n\n# a\n\n\n\nversion: 1 \n\n\n', '# a\n\nversion: 1\n'],
    [
      'layers:\n      # of all\n      "*":  { weights: 8 }    #  eight\n      # last\n# end\n',
      'layers:\n  # of all\n  "*": { weights: 8 }    #  eight\n  # last\n# end\n',
    ],
    [
      'steps:\n- train:\n   # why\n   epochs: 1\n# next\n- prune: {}\n',
      'steps:\n  - train:\n      # why\n      epochs: 1\n  # next\n  - prune: {}\n',
    ],
    ['steps: [\n { quantize: {\n # c\n weights: 4 }\n },\n   ]\n', 'steps: [\n  { quantize: {\n    # c\n    weights: 4 }\n  },\n]\n'],
    [
      '{"version":1,\n"steps":[{"quantize":{"weights":4}}],\n"layers":{\n"a":{}\n}}',
      '{ "version": 1,\n  "steps": [{ "quantize": { "weights": 4 } }],\n  "layers": {\n    "a": {}\n  } }\n',
    ],
    ['a: &x {b: 1}\nc: *x\n', 'a: &x { b: 1 }\nc: *x\n'],
    ['*x : 1\n', undefined],
    [
      'a:\n      text: |\n         one\n           two  \n      rest: "x\n       y"\n',
      'a:\n  text: |\n     one\n       two  \n  rest: "x\n    y"\n',
    ],
    ['version: 1\r\nsteps:\r\n- train:   {}\r\n\r\n\r\n\r\n', 'version: 1\r\nsteps:\r\n  - train: {}\r\n'],
    ['steps:\n- p: {a: 1,\n   b: { c: 2 } }\n', 'steps:\n  - p: { a: 1,\n      b: { c: 2 } }\n'],
    ['steps:\n- p: {\n    a: 1,\n  }\n', 'steps:\n  - p: {\n      a: 1,\n    }\n'],
    ['a: {\n  b: 1, # one\n\n\n  c: 2\n}\n', 'a: {\n  b: 1, # one\n\n  c: 2\n}\n'],
  ])('of %j', (text, wanted = text) => {
    expect(done(text)).toBe(wanted);
    expect(done(wanted)).toBe(wanted);
  });

  it.each(['a: [1', 'a: 1\n b: 2\n', '? a\n: b\n', '--- a\n--- b\n', '', '# only\n\n\n', '\ta: 1\n'])('leaves %j as it is', (text) => {
    expect(format(request(text))).toEqual([]);
  });

  it('takes the width of a level from the editor', () => {
    expect(done('data:\n  input:\n    scale: 1\nsteps:\n  - train:\n      epochs: 1\n', { tabSize: 4 })).toBe(
      'data:\n    input:\n        scale: 1\nsteps:\n    - train:\n          epochs: 1\n',
    );
  });

  it('of a range leaves other lines alone', () => {
    const text = 'a:   1\nb:   2\nc:   3\n';
    const edits = format(request(text), {}, { start: { line: 1, character: 0 }, end: { line: 1, character: 6 } });
    expect(applied(text, edits)).toBe('a:   1\nb: 2\nc:   3\n');
  });

  it('changes nothing in the samples', () => {
    const files = readdirSync('samples/shapes').filter((file) => file.endsWith('.compress.yaml'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(format(request(readFileSync(`samples/shapes/${file}`, 'utf8')))).toEqual([]);
  });
});

const scalar = fc.oneof(
  fc.constantFrom('1', '1/255', 'true', 'null', '"a b"', "'it''s'", '"/conv*"', 'a#b', '"#"', '~', '"é😀"', 'plain words'),
  fc.integer().map(String),
);
const space = fc.constantFrom('', ' ', '  ');
const flow: fc.Arbitrary<string> = fc.letrec<{ node: string; list: string; map: string }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, scalar, tie('list'), tie('map')),
  list: fc.tuple(space, fc.array(tie('node'), { maxLength: 3 }), space).map(([a, items, b]) => `[${a}${items.join(`${b},${a}`)}${b}]`),
  map: fc
    .tuple(space, fc.array(tie('node'), { maxLength: 3 }), space)
    .map(([a, items, b]) => `{${a}${items.map((item, i) => `k${i}: ${b}${item}`).join(`${b}, ${a}`)}${b}}`),
})).node;
const comment = fc.constantFrom('', ' # why', '   #no space');
const blank = fc.constantFrom('', '', '', '\n', '\n\n', '  \n', '# alone\n', '      # far\n');

/** Lines of a block at a column, each level wider by what chance says. */
function block(depth: number): fc.Arbitrary<(column: number) => string> {
  const value =
    depth === 0
      ? flow.map((text) => () => ` ${text}`)
      : fc.oneof(
          flow.map((text) => () => ` ${text}`),
          nested(depth - 1),
        );
  const line = fc.tuple(value, comment, blank, space);
  return fc.oneof(
    fc.array(line, { minLength: 1, maxLength: 4 }).map(
      (lines) => (column: number) =>
        lines
          .map(([inner, note, gap, extra], i) => {
            const text = inner(column);
            return `${gap}${' '.repeat(column)}key${i}:${text.startsWith('\n') ? '' : extra}${text}${text.includes('\n') ? '' : note}\n`;
          })
          .join(''),
    ),
    fc.array(line, { minLength: 1, maxLength: 4 }).map(
      (lines) => (column: number) =>
        lines
          .map(([inner, note, gap]) => {
            const text = inner(column);
            return `${gap}${' '.repeat(column)}-${text}${text.includes('\n') ? '' : note}\n`;
          })
          .join(''),
    ),
  );
}

function nested(depth: number): fc.Arbitrary<(column: number) => string> {
  return fc.tuple(block(depth), fc.integer({ min: 1, max: 5 })).map(
    ([inner, more]) =>
      (column: number) =>
        `\n${inner(column + more).trimEnd()}`,
  );
}

it('keeps values and comments of any text, and leaves what it made as it is', () => {
  let changed = 0;
  fc.assert(
    fc.property(block(3), (make) => {
      const text = make(0);
      fc.pre(parseDocument(text).errors.length === 0);
      const after = done(text);
      if (after !== text) changed++;
      expect(parseDocument(after).toJS()).toEqual(parseDocument(text).toJS());
      const comments = /# why|#no space|# alone|# far/g;
      expect(after.match(comments)).toEqual(text.match(comments));
      expect(done(after)).toBe(after);
      expect(after).not.toMatch(/[ \t]$|\n\n\n/m);
    }),
    { numRuns: 200 },
  );
  expect(changed).toBeGreaterThan(100);
});
