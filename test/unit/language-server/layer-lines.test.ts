import { describe, expect, it } from 'vitest';
import { inlayHints } from '../../../language-server/service/inlay-hints.ts';
import { layerLines } from '../../../language-server/service/layer-lines.ts';
import type { Figures } from '../../../language-server/service/facts.ts';
import { fakeFacts, folder, modelFacts, request } from './support.ts';

const file = `${folder}/model.onnx`;
const layers = ['/a/Conv', '/b/Conv', '/b/Relu', '/c/Gemm'];

const figures = (values: Readonly<Record<string, number | null>>, more: Partial<Figures> = {}): Figures => ({
  title: 'SQNR, weights 8, activations 8, 64 pictures',
  unit: 'dB',
  better: 'high',
  layers: Object.entries(values).map(([name, value], i, all) => ({ name, value, rank: all.length > 1 ? 1 - i / (all.length - 1) : 0 })),
  measured: '2026-01-01T00:00:00Z',
  weights: 8,
  activations: 8,
  ...more,
});

/** What stands at the end of each line: text, sign, worst layer. */
function lines(entries: string, measured: readonly Figures[] = [], head = 'version: 1\nmodel: model.onnx\n'): string[] {
  const facts = fakeFacts({ models: { [file]: modelFacts(layers) }, figures: { [file]: measured } });
  return layerLines(request(`${head}steps: [{ quantize: {} }]\nlayers:\n${entries}`, facts)).map(({ line, text, bar, worst, stale }) =>
    [line, text, bar, worst, stale && `stale: ${stale}`].filter((part) => part !== undefined).join(' '),
  );
}

const known = figures({ '/a/Conv': 9, '/b/Conv': 21.34, '/c/Gemm': 41 });

describe('figures beside the lines of layers', () => {
  it.each<[string, string, readonly Figures[], string[]]>([
    ['one layer has its figure', '  /a/Conv: { weights: 8 }\n', [known], ['4 9 dB ▇']],
    ['a figure without a scale of its own is told by the other layers', '  /a/Conv: {}\n', [figures({ '/a/Conv': 0.1, '/b/Conv': 0.05 }, { unit: '', better: 'low' })], ['4 0.1 █']],
    ['a good one has a low sign', '  /c/Gemm: { weights: 8 }\n', [known], ['4 41 dB ▂']],
    ['a pattern has its worst layer', '  "/b/*": { weights: 8 }\n', [known], ['4 2 layers · worst 21.3 dB ▅ /b/Conv']],
    ['a pattern looks at each layer at the width that it gets', '  "/a/*": { weights: 4 }\n  "/*/Conv": { activations: 8 }\n', [known, figures({ '/a/Conv': 12, '/b/Conv': 4 }, { weights: 4 })], ['4 1 layer · worst 12 dB ▆ /a/Conv', '5 2 layers · worst 12 dB ▆ /a/Conv']],
    ['without figures a pattern has its matches', '  "/b/*": {}\n  /a/Conv: {}\n', [], ['4 2 layers']],
    ['a pattern that matches nothing has none', '  "/x/*": {}\n', [known], []],
    ['a layer without error', '  /a/Conv: {}\n', [figures({ '/a/Conv': null })], ['4 no error ▁']],
    ['another width is named', '  /a/Conv: { weights: 4 }\n', [known], ['4 9 dB at 8 bits ▇']],
    ['the same width goes first', '  /a/Conv: { weights: 4 }\n', [known, figures({ '/a/Conv': 3 }, { weights: 4 })], ['4 3 dB █']],
    [
      'a fresh figure goes before a stale one of the same width',
      '  /a/Conv: { weights: 4 }\n',
      [figures({ '/a/Conv': 3 }, { weights: 4, stale: 'the model has changed since' }), known],
      ['4 9 dB at 8 bits ▇'],
    ],
    [
      'a stale one says why',
      '  /a/Conv: {}\n',
      [{ ...known, stale: 'the model has changed since' }],
      ['4 9 dB ▇ stale: the model has changed since'],
    ],
    ['the newest of equal ones', '  /a/Conv: {}\n', [figures({ '/a/Conv': 5 }), known], ['4 5 dB ▇']],
    ['a text that is cut off', '  /a/Conv: { weights:\n', [known], ['4 9 dB ▇']],
    ['entries on one line have one end of line: none', '  { /a/Conv: {}, /b/Conv: {} }\n', [known], []],
    ['a name with signs that steer the writing', '  "*": {}\n', [figures({ '/a/Conv': 5 }, { unit: 'd\u202eB' })], ['4 4 layers · worst 5 d\\u202eB ▁ /a/Conv']],
  ])('%s', (_, entries, measured, wanted) => expect(lines(entries, measured)).toEqual(wanted)); // prettier-ignore

  it('are those of the worst of several models', () => {
    const facts = fakeFacts({
      models: { [`${folder}/x.onnx`]: modelFacts(layers), [`${folder}/y.onnx`]: modelFacts(['/a/Conv', '/z/Conv']) },
      figures: { [`${folder}/x.onnx`]: [known], [`${folder}/y.onnx`]: [figures({ '/z/Conv': 1, '/a/Conv': 30 })] },
    });
    const text = 'models: { x: { model: x.onnx }, y: { model: y.onnx } }\nlayers:\n  "*Conv": {}\n  "y:/a*": {}\n';
    expect(layerLines(request(text, facts)).map(({ text: said, worst }) => [said, worst])).toEqual([
      ['4 layers · worst 1 dB', '/z/Conv'],
      ['1 layer · worst 30 dB', '/a/Conv'],
    ]);
  });

  it('are inlay hints where the client does not draw them, at the end of what stands there', () => {
    const facts = fakeFacts({ models: { [file]: modelFacts(layers) }, figures: { [file]: [{ ...known, stale: 'old' }] } });
    const text = 'model: model.onnx\nlayers:\r\n  /a/Conv: {} # 😀  \r\n  "/b/*": {}';
    const asked = request(text, facts);
    const whole = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    expect(inlayHints(asked, whole, { layers: true }).map(({ position, label }) => [position.line, position.character, label])).toEqual([
      [2, 18, '9 dB ▇ (stale: old)'],
      [3, 12, '2 layers · worst 21.3 dB ▅ /b/Conv (stale: old)'],
    ]);
    expect(inlayHints(asked, whole, { layers: false })).toEqual([]);
    expect(inlayHints(asked, { start: { line: 3, character: 0 }, end: { line: 3, character: 5 } }, { layers: true })).toHaveLength(1);
  });
});
