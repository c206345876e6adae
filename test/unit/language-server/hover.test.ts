import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MarkupContent } from 'vscode-languageserver-types';
import type { Facts, Figures } from '../../../language-server/service/facts.ts';
import { code } from '../../../language-server/service/hover/markdown.ts';
import { hover, hoverSources } from '../../../language-server/service/hover/index.ts';
import { fakeFacts, folder, layerFacts, modelFacts, requestAt } from './support.ts';

const textOf = (marked: string, facts: Facts = fakeFacts()): string => {
  const request = requestAt(marked, facts);
  return (hover(request, request.position)?.contents as MarkupContent | undefined)?.value ?? '';
};

const names = ['/conv1/Conv', '/layer1/0/conv1/Conv', '/layer1/0/conv2/Conv', '/layer2/0/conv1/Conv'];
const measured = (weights: number, values: number[], more: Partial<Figures> = {}): Figures => ({
  title: `SQNR, weights ${weights}, activations 8, 256 pictures`,
  unit: 'dB',
  better: 'high',
  measured: '2026-01-01T00:00:00Z',
  weights,
  activations: 8,
  layers: values.map((value, i) => ({ name: names[i]!, value, rank: 1 - value / 50 })),
  ...more,
});
const file = `${folder}/model.onnx`;
const model = modelFacts([
  ...names.map((name, i) => layerFacts(name, { parameters: 100 * (i + 1), macs: 1e6 })),
  layerFacts('/fc/Gemm', { op: 'Gemm', detail: undefined, shape: [1, 10], parameters: 0, refusals: { zcu104: 'of `10` outputs' } }),
]);
const world = fakeFacts({
  models: { [file]: model },
  figures: { [file]: [measured(8, [41, 40, 38, 44]), measured(4, [20, 9, 15, 22], { stale: 'the model has changed' })] },
  data: {
    [`${folder}/pictures`]: {
      path: `${folder}/pictures`,
      kind: 'labels',
      count: 1200,
      classes: ['cat', 'dog'],
      splits: { train: 1000, test: 200 },
    },
  },
});

const one = 'model: model.onnx\ntarget: zcu104\n';
const two = 'models: { a: { new: resnet20 }, b: { model: model.onnx } }\nsteps: [distill: { on: a, teacher: b }]\n';

describe('hover', () => {
  it.each<[name: string, marked: string, ...said: string[]]>([
    [
      'a key',
      'steps: [quantize: { wei|ghts: 4 }]',
      '**`quantize.weights`**: a whole number from 2 to 8',
      '(bits)',
      'Default: `8`',
      'arXiv:',
    ],
    [
      'a key on a target',
      'target: zcu104\nsteps: [quantize: { granu|larity: tensor }]',
      'on `zcu104` `tensor`',
      'takes only `tensor` (the DPU',
    ],
    ['a key in a document that ends too early', 'steps:\n  - quantize: { wei|ghts: ', 'quantize.weights'],
    ['a key without a value', 'data:\n  calibration:\n    co|unt:', 'data.calibration.count', 'pictures'],
    ['a key of a layer', 'layers:\n  a: { wei|ghts: 4 }', '**`layers.weights`**'],
    ['a list', 'data: { input: { mean: [0.1, |0.2] } }', '**`data.input.mean`**', 'Example: `[0.485,0.456,0.406]`'],
    [
      'a layer',
      `${one}layers: { /layer1/0/c|onv1/Conv: { weights: 4 } }`,
      'Conv 3×3 → 1×16×32×32',
      '200 parameters (20 %)',
      '1 M multiply-adds (22.5 %)',
    ],
    ['what the board says', `${one}layers: { /conv1/C|onv: {} }`, '`zcu104`: runs on the DPU'],
    ['what the board refuses', `${one}layers: { /fc/G|emm: {} }`, 'runs on the CPU, of \\`10\\` outputs'],
    [
      'measured error by width',
      `${one}layers: { /layer1/0/c|onv1/Conv: {} }`,
      'weights 4, activations 8   9 dB  ███████░  the worst of 4 (stale)',
    ],
    [
      'the last width',
      `${one}layers: { /layer1/0/c|onv1/Conv: {} }`,
      'weights 8, activations 8  40 dB',
      'worst but 1 of 4',
      '*Stale: the model has changed.*',
    ],
    ['where it lies among all', `${one}layers: { /layer1/0/c|onv1/Conv: {} }`, '38 to 41 ████████████████ 2  ← here'],
    [
      'settings of a layer',
      `${one}layers: { "*conv1*": { weights: 4 }, /layer2/0/c|onv1/Conv: { round: layer } }`,
      '`weights` `4` (`*conv1*`), `round` `layer` (`/layer2',
    ],
    [
      'a glob',
      `${one}layers: { /lay|er1/*: {} }`,
      'matches 2 layers: 2 Conv',
      '500 parameters (50 %)',
      '/layer1/0/conv2/Conv, the worst of 4',
    ],
    ['a glob without matches', `${one}layers: { /layr1|/*: {} }`, 'matches no layer; did you mean `/layer1/*`?'],
    ['an operator', `${one}steps: [quantize: { exclude: [Ge|mm] }]`, '**`/fc/Gemm`**', 'quantize.exclude'],
    ['a layer of an alias', `${two}layers: { "b:/fc/G|emm": {} }`, '**`/fc/Gemm`** of `b`'],
    ['a layer of a network to come', `${two}layers: { "a:/fc/G|emm": {} }`, 'is made when the recipe runs'],
    ['a model', 'model: mod|el.onnx', '100 kB, opset 13, 5 layers', 'Inputs: `input` 1×3×32×32', '**`model`**: a path'],
    ['a missing model', 'model: no|ne.onnx', 'there is no /work-space/none.onnx'],
    ['an alias', two.replace('a:', 'a|:'), 'a new `resnet20`', 'Steps: 1. `distill`'],
    ['an alias in a step', two.replace('on: a', 'on: |a'), '**`a`**: a new `resnet20`'],
    ['a teacher', two.replace('teacher: b', 'teacher: |b'), '100 kB', '(as teacher)', 'distill.teacher'],
    ['a teacher that is a file', 'steps: [distill: { teacher: mod|el.onnx }]', '100 kB'],
    [
      'the target of a board',
      'target: cpu\nmodel: model.onnx\ndeploy: [{ host: a, target: zc|u104 }]',
      'AMD ZCU104',
      'multiples of 16',
      "1 of 5 layers of the model don't run on the DPU",
    ],
    ['a target', 'target: zc|u104\nmodel: model.onnx', 'AMD ZCU104', 'multiples of 16', "1 of 5 layers of the model don't run on the DPU"],
    [
      'a step',
      `${one}steps: [quan|tize: {}]`,
      'Step 1 of 1',
      '- Weights in the file: 8.64 kB → 2.16 kB (25 %)',
      '**`quantize`**',
      'Rounds weights',
      'Jacob et al.',
    ],
    ['a step behind another', `${one}steps: [quantize: {}, q|at: {}]`, 'Step 2 of 2', '- Weights in the file: 2.16 kB'],
    [
      'a step that trains',
      `${one}data: { train: { path: pictures, labels: folders } }\nsteps: [tra|in: { epochs: 3, batch: 100 }]`,
      '- Trains 1200 pictures for 3 epochs: 36 batches of 100',
      '- Takes about a second or more',
      '- Needs about 52.5 MB of memory',
    ],
    [
      'a step that trains on so few pictures that its batches are smaller',
      `${one}data: { train: { path: pictures, labels: folders, count: 100 } }\nsteps: [tra|in: { epochs: 1 }]`,
      '- Trains 100 pictures for 1 epoch: 13 batches of 8',
    ],
    [
      'pictures',
      'data: { train: { path: pict|ures, count: 100 } }',
      '1200 labelled pictures',
      '2 classes: `cat`, `dog`',
      '100 of them are used',
    ],
    ['a split', 'data: { test: { path: pictures, labels: l|.csv, split: test } }', 'Of `test` are used: 200'],
    ['missing pictures', 'data: { test: { path: no|ne } }', 'there is no /work-space/none'],
  ])('tells of %s', (_, marked, ...said) => {
    const text = textOf(marked, world);
    for (const words of said) expect(text).toContain(words);
  });

  it.each([
    ['comments', 'model: a.onnx # |here'],
    ['space between keys', 'model: a.onnx\n|\nseed: 1'],
    ['keys that are unknown', 'moddel|: a.onnx'],
    ['keys below them', 'moddel: { path|: 1 }'],
    ['an empty text', '|'],
    ['text that is no recipe', 'just words|'],
  ])('is silent about %s', (_, marked) => expect(textOf(marked, world)).toBe(''));

  it('says that it does not know yet', () => {
    const reading = { ...fakeFacts(), model: () => ({ state: 'reading' }) as const, data: () => ({ state: 'reading' }) as const };
    expect(textOf('model: a|.onnx', reading)).toContain('is being read');
    expect(textOf('model: a.onnx\nlayers: { b|: {} }', reading)).toContain('is being read');
    expect(textOf('data: { test: { path: a| } }', reading)).toContain('is being counted');
  });

  it('shows hostile names as they are, short, and never as Markdown', () => {
    const name = `<img src=x>[a](command:b)\`\`\`\n\u202e${'x'.repeat(1e6)}`;
    const hostile = fakeFacts({
      models: { [file]: modelFacts([layerFacts(name, { op: '**[a](b)**', detail: '<b>' }), layerFacts('b')]) },
      figures: {
        [file]: [
          measured(8, [1, 2, 3, 4], {
            title: '[a](b)',
            unit: '<b>',
            layers: ['b', name, 'c', 'd'].map((one, i) => ({ name: one, value: i, rank: i / 4 })),
          }),
        ],
      },
    });
    const text = textOf('model: model.onnx\nlayers: { "*"|: {} }', hostile);
    expect(text.length).toBeLessThan(3000);
    expect(text).not.toContain('\u202e');
    const outside = text.replace(/(`+)[^`][^]*?[^`]?\1(?!`)/g, '');
    expect(outside).not.toMatch(/<\w|\]\(|(?<!\\)\[/);
  });

  it('fences code by more ` than are within', () => {
    expect(code('a')).toBe('`a`');
    expect(code('`')).toBe('`` ` ``');
    expect(code('a``b')).toBe('```a``b```');
    expect(code('')).toBe('`  `');
  });

  it('lists every source of its folder', () => {
    const room = path.resolve(import.meta.dirname, '../../../language-server/service/hover');
    const helpers = ['index.ts', 'subject.ts', 'markdown.ts', 'figures.ts'];
    expect(hoverSources).toHaveLength(readdirSync(room).filter((name) => !helpers.includes(name)).length);
  });
});
