import { readFileSync } from 'node:fs';
import type { DocumentSymbol, SelectionRange } from 'vscode-languageserver-types';
import { expect, it } from 'vitest';
import { foldingRanges } from '../../../language-server/service/folding.ts';
import { selectionRanges } from '../../../language-server/service/selection-ranges.ts';
import { documentSymbols } from '../../../language-server/service/symbols.ts';
import { request, requestAt } from './support.ts';

const recipe = `version: 1
models:
  teacher: { model: big.onnx }
  student: { new: resnet20 }
# One.
# Two.
steps:
  - train: { on: teacher, epochs: 3 }
  - quantize:
      on: student
      weights: 4

layers:
  "/conv1/*": { weights: 8 } # first
`;

const outline = (symbols: readonly DocumentSymbol[], depth = 0): string[] =>
  symbols.flatMap(({ name, detail, children }) => [`${'  '.repeat(depth)}${name} (${detail})`, ...outline(children ?? [], depth + 1)]);

it('outlines models, steps and entries of layers', () => {
  expect(outline(documentSymbols(request(recipe)))).toEqual([
    'version (1)',
    'models (teacher, student)',
    '  teacher (model: big.onnx)',
    '  student (new: resnet20)',
    'steps ()',
    '  train (on: teacher, epochs: 3)',
    '  quantize (on: student, weights: 4)',
    'layers (/conv1/*)',
    '  /conv1/* (weights: 8)',
  ]);
});

it('keeps every symbol inside its parent, and its name inside itself', () => {
  for (const text of [
    recipe,
    recipe.replaceAll('\n', '\r\n'),
    readFileSync('samples/shapes/learn.compress.yaml', 'utf8'),
    '{"version": 1, "steps": [{"quantize": {}}]}',
    'model:\n',
  ]) {
    const asked = request(text);
    const { text: document } = asked.document;
    const check = (symbol: DocumentSymbol, from: number, to: number): void => {
      const [start, end] = [document.offsetAt(symbol.range.start), document.offsetAt(symbol.range.end)];
      expect(start >= from && end <= to, symbol.name).toBe(true);
      expect(start <= document.offsetAt(symbol.selectionRange.start) && document.offsetAt(symbol.selectionRange.end) <= end).toBe(true);
      symbol.children?.forEach((child) => check(child, start, end));
    };
    documentSymbols(asked).forEach((symbol) => check(symbol, 0, text.length));
  }
});

it('cuts and shows names that hold anything', () => {
  const [symbol] = documentSymbols(request(`"${'x'.repeat(100_000)}\\u202e": 1`));
  expect(symbol!.name).toHaveLength(100);
  expect(documentSymbols(request('"a\\u202eb\\n": 1'))[0]!.name).toBe('a\\u202eb\\u000a');
});

it('folds blocks, comments and regions', () => {
  expect(foldingRanges(request(recipe)).map(({ startLine, endLine, kind }) => [startLine, endLine, kind])).toEqual([
    [1, 3, undefined],
    [4, 5, 'comment'],
    [6, 10, undefined],
    [8, 10, undefined],
    [12, 13, undefined],
  ]);
  expect(
    foldingRanges(request('{\n  "version": 1,\n  "data": {\n    "x": 1\n  }\n}\n')).map(({ startLine, endLine }) => [startLine, endLine]),
  ).toEqual([
    [0, 4],
    [2, 3],
  ]);
  expect(foldingRanges(request('# region a\nversion: 1\n# endregion\n'))).toEqual([{ startLine: 0, endLine: 2, kind: 'region' }]);
});

it.each([
  [
    'layers:\n  "/lay|er1/Conv": { weights: 8 }\n',
    ['layer1', '/layer1/Conv', '"/layer1/Conv"', '"/layer1/Conv": { weights: 8 }', 'layers:\n  "/layer1/Conv": { weights: 8 }'],
  ],
  [
    'steps:\n  - quantize: { weights: 8, acti|vations: 4 } # why\n',
    [
      'activations',
      'activations: 4',
      'weights: 8, activations: 4',
      '{ weights: 8, activations: 4 }',
      'quantize: { weights: 8, activations: 4 }',
      'steps:\n  - quantize: { weights: 8, activations: 4 }',
    ],
  ],
  ['ver|sion', ['version']],
])('expands the selection in %j', (marked, wanted) => {
  const asked = requestAt(marked);
  const texts: string[] = [];
  for (let range: SelectionRange | undefined = selectionRanges(asked, [asked.position])[0]; range; range = range.parent)
    texts.push(asked.document.text.getText(range.range));
  expect(texts.filter((text) => wanted.includes(text))).toEqual(wanted);
  expect(texts.at(-1)).toBe(asked.document.text.getText());
});
