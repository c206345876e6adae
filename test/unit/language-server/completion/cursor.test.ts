import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorAt } from '../../../../language-server/service/completion/cursor.ts';
import { unmarked } from '../support.ts';

const at = (marked: string) => {
  const { text, offset } = unmarked(marked);
  return cursorAt(text, offset);
};

/** "key data.input" or "value steps.0 (item)", then what is typed. */
const told = (marked: string): string => {
  const cursor = at(marked);
  if (!cursor) return 'nothing';
  const { role, path, start, style, typed } = cursor;
  return `${role} ${path.join('.')} ${role === 'key' ? style : start} ${JSON.stringify(typed)}`;
};

describe('where a cursor stands', () => {
  it.each([
    // Whole texts.
    ['|', 'value  line ""'],
    ['ver|', 'value  line "ver"'],
    ['version: 1\nta|\nseed: 0', 'key  block "ta"'],
    ['target: cp|u', 'value target inline "cp"'],
    ['version: 1\r\ntarget: cp|\r\n', 'value target inline "cp"'],
    ['data:\n  input: { color: rgb, | }\n  test: {}', 'key data.input flow ""'],
    ['data: {\n  input: {\n    |\n  },\n  test: {}\n}\nseed: 1', 'key data.input flow ""'],
    ['data:\n  input: { mean: [0.5, |] }', 'value data.input.mean.1 item ""'],
    ['steps:\n  - quantize:\n      weights: 4\n      |\n      activations: 8\n  - qat:\n', 'key steps.0.quantize block ""'],
    ['layers:\n  "/la|": { weights: 4 }', 'key layers block "/la"'],
    ['output: { name: "{mo|}" }', 'value output.name inline "{mo"'],
    ['a: &x { b: 1, | }', 'key a flow ""'],
    // What is not written yet.
    ['target: |', 'value target inline ""'],
    ['target:|', 'value target inline ""'],
    ['data:\n  |', 'value data line ""'],
    ['data:\n  |\n  test: {}', 'key data block ""'],
    ['steps:\n  |', 'value steps line ""'],
    ['steps:\n  |\n  - train: {}', 'value steps.0 dashless ""'],
    ['steps:\n  - |', 'value steps.0 item ""'],
    ['steps:\n  - |\n  - train: {}', 'value steps.0 item ""'],
    ['steps:\n  - q|\n    on: x', 'key steps.0 block "q"'],
    ['steps:\n  - train: {}\n  |', 'value steps.1 dashless ""'],
    ['steps:\n- train: {}\n- |', 'value steps.1 item ""'],
    ['steps: [ | ]', 'value steps.0 item ""'],
    ['steps:\n  - - |', 'value steps.0.0 item ""'],
    // Brackets and quotation marks that nobody closed yet end where the next entry begins.
    ['data:\n  calibration: { path: |\n  test: { path: x }', 'value data.calibration.path inline ""'],
    ['steps:\n  - quantize: { weights: 4, |\n  - qat: {}', 'key steps.0.quantize flow ""'],
    ['steps:\n  - quantize: { weights: 4,\n  - qat: { | }', 'key steps.1.qat flow ""'],
    ['data:\n  test: { path: [a, b }\n  train: { | }', 'key data.train flow ""'],
    ['layers:\n  "/la|\n  "/x": { weights: 8 }', 'key layers block "/la"'],
    ['a: "x\nb: { | }', 'key b flow ""'],
    ['a: { b: 1 | }', 'key a flow ""'],
    ['a: { | b: 1 }', 'key a flow ""'],
    // Keys and dashes that do not stand below each other.
    ['data:\n    input: {}\n  test: { | }', 'key data.test flow ""'],
    ['steps:\n    - train: {}\n  - qat: { | }', 'key steps.1.qat flow ""'],
    // JSON.
    ['{"version": 1, "|"}', 'key  flow ""'],
    ['{"version": 1, "target": "|"}', 'value target inline ""'],
    ['{\n  "steps": [\n    { "quantize": { | } }\n  ]\n}', 'key steps.0.quantize flow ""'],
    ['{"steps": [{"quantize": {"weights": 4, |', 'key steps.0.quantize flow ""'],
    // Nothing can be said there.
    ['# |', 'nothing'],
    ['a: 1 # co|', 'nothing'],
    ['a: { # co|\n }', 'nothing'],
    ['a: >\n  text |\nb: 1', 'nothing'],
    ['a: 1\n  |\nb: 2', 'nothing'],
    ['--- |', 'nothing'],
    ['data:\n |  test: {}', 'nothing'],
  ])('%j is %s', (marked, expected) => expect(told(marked)).toBe(expected));

  it('knows what is replaced', () => {
    expect(at('target: cp|u')).toMatchObject({ from: 8, to: 11 });
    expect(at('target:  |  ')).toMatchObject({ from: 9, to: 9 });
    expect(at('layers: { "/a|b": {} }')).toMatchObject({ from: 10, to: 15, quote: '"', typed: '/a' });
    expect(at('layers:\n  "/a|')).toMatchObject({ from: 10, to: 13, quote: '"' });
    expect(at('target:|')).toMatchObject({ from: 7, to: 7, lacksSpace: true });
    expect(at('layers: { "a:|" }')).toMatchObject({ lacksSpace: false, typed: 'a:' });
  });

  it('takes an item as well as a key below a list whose dashes are not indented', () => {
    expect(at('steps:\n- train: {}\n|')).toMatchObject({ role: 'key', path: [], list: ['steps'] });
    expect(at('steps:\n  - train: {}\n|')?.list).toBeUndefined();
  });

  it('never throws and never looks outside the text', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '\n',
      '\n  ',
      '\n    ',
      '#',
      '|',
      '&x ',
      '*x',
      ' ',
      '\t',
      '\r\n',
      '😀',
      '\ue000',
    );
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, fc.nat(), (content, place) => {
        const offset = place % (content.length + 1);
        const cursor = cursorAt(content, offset);
        if (!cursor) return;
        expect(cursor.from).toBeGreaterThanOrEqual(0);
        expect(cursor.from).toBeLessThanOrEqual(offset);
        expect(cursor.to).toBeGreaterThanOrEqual(offset);
        expect(cursor.to).toBeLessThanOrEqual(content.length);
        // What is replaced is on one line.
        expect(content.slice(cursor.from, cursor.to)).not.toContain('\n');
      }),
      { numRuns: 2000 },
    );
  });
});
