import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CompletionItem, CompletionList, TextEdit } from 'vscode-languageserver-types';
import { completionClient } from '../../../../language-server/service/completion/client.ts';
import { completion, completionSources } from '../../../../language-server/service/completion/completion.ts';
import { cursorAt } from '../../../../language-server/service/completion/cursor.ts';
import type { CompletionClient } from '../../../../language-server/service/completion/situation.ts';
import type { Figures } from '../../../../language-server/service/facts.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import { applied, fakeFacts, folder, layerFacts, modelFacts, requestAt } from '../support.ts';

const file = `${folder}/model.onnx`;
const relu = layerFacts('/layer1/0/Relu', { op: 'Relu', parameters: 0, macs: null });
const { weights: _, ...noWeights } = relu;
const model = modelFacts([
  '/conv1/Conv',
  '/layer1/0/Conv',
  noWeights,
  '/layer1/1/Conv',
  layerFacts('/layer2/0/Conv', { refusals: { zcu104: 'too wide' } }),
  layerFacts('/fc/Gemm', { op: 'Gemm', shape: [1, 10] }),
]);
const figures: Figures = {
  title: 'SQNR, weights 4, activations 8, 256 pictures',
  unit: 'dB',
  better: 'high',
  measured: '2026-01-01T00:00:00Z',
  layers: [
    { name: '/conv1/Conv', value: 41, rank: 0 },
    { name: '/layer1/0/Conv', value: 20.4, rank: 0.5 },
    { name: '/layer2/0/Conv', value: 9.1, rank: 1 },
    { name: '/fc/Gemm', value: null, rank: 0 },
  ],
};
const output = (classes: number) => [{ name: 'output', shape: [1, classes], type: DataType.float32 }];
const world = fakeFacts({
  models: {
    [file]: model,
    [`${folder}/zoo/large.onnx`]: modelFacts(model.layers, { parameters: 1e7 }),
    [`${folder}/zoo/other.onnx`]: modelFacts(model.layers, { outputs: output(37) }),
    [`${folder}/two.onnx`]: modelFacts([], {
      inputs: ['left', 'right'].map((name) => ({ name, shape: [1, 3, 8, 8], type: DataType.float32 })),
    }),
  },
  figures: { [file]: [figures] },
  folders: {
    [folder]: ['.git/', 'data/', 'labels.csv', 'model.onnx', 'notes.md', 'zoo/'],
    [`${folder}/data`]: ['# odd/', 'boxes.json', 'test/', 'train/'],
  },
  data: {
    [`${folder}/data/train`]: { path: `${folder}/data/train`, kind: 'folder', count: 400, classes: ['cat', 'dog'] },
    [`${folder}/data`]: { path: `${folder}/data`, kind: 'labels', count: 9, splits: { train: 6, test: 3 } },
  },
});

const plain: CompletionClient = { snippets: false };
const full: CompletionClient = { snippets: true };

function listAt(marked: string, client = plain, recipe?: string): CompletionList & { text: string } {
  const request = requestAt(marked, world, recipe);
  const list = completion(request, request.position, client);
  const items = [...list.items].sort((a, b) => (a.sortText! < b.sortText! ? -1 : a.sortText! > b.sortText! ? 1 : 0));
  return { ...list, items, text: request.document.text.getText() };
}

const labels = (marked: string, recipe?: string): string[] => listAt(marked, plain, recipe).items.map(({ label }) => label);
const told = ({ label, labelDetails }: CompletionItem): string => [label, labelDetails?.description].filter(Boolean).join(' | ');
const editsOf = (item: CompletionItem): TextEdit[] => [item.textEdit as TextEdit, ...(item.additionalTextEdits ?? [])];

/** The text after an item was chosen, snippets as they are sent. */
function chosen(marked: string, label: string, client = plain, recipe?: string): string {
  const { items, text } = listAt(marked, client, recipe);
  const item = items.find((one) => one.label === label);
  if (!item) throw new Error(`${label} is not offered, only ${items.map((one) => one.label).join(' ')}`);
  return applied(text, editsOf(item));
}

describe('keys', () => {
  it('come in the order of their declaration without those that are there, needed ones first', () => {
    expect(labels('model: m.onnx\n|\nseed: 0')).toEqual([
      'version',
      'target',
      'task',
      'data',
      'steps',
      'layers',
      'gate',
      'output',
      'deploy',
    ]);
    expect(labels('models:\n  a: {}\n|')).not.toContain('model');
    expect(labels('data:\n  test: { count: 3, | }').slice(0, 2)).toEqual(['path', 'labels']);
  });

  it('of a step are a choice of one', () => {
    expect(labels('steps:\n  - |')).toContain('quantize');
    expect(labels('steps:\n  - quantize: {}\n    |')).toEqual([]);
    expect(labels('steps:\n  |')).toContain('quantize');
    expect(chosen('steps:\n  - train: {}\n  |', 'qat')).toBe('steps:\n  - train: {}\n  - qat: { epochs: 3 }');
    expect(chosen('steps:\n- train: {}\n|', 'qat')).toBe('steps:\n- train: {}\n- qat: { epochs: 3 }');
    expect(chosen('steps: [|]', 'auto')).toBe('steps: [{ auto: { drop: 1 } }]');
  });

  it('of a step of several models begin with the model, and the target has the first word on values', () => {
    expect(chosen('models: { a: { model: x }, b: { model: y } }\nsteps:\n  - |', 'train', full)).toMatch(
      '- train: { on: ${1|a,b|}, epochs: ${2:10} }',
    );
    expect(chosen('target: zcu104\nsteps:\n  - prune: { | }', 'round-to')).toMatch('round-to: 16');
  });

  it('of a step of the only model name none, and those behind the cursor are there already', () => {
    expect(labels('models: { a: { model: x } }\nsteps:\n  - quantize: { | }')).toContain('on');
    expect(labels('model: m.onnx\nsteps:\n  - quantize: { | }').slice(0, 2)).toEqual(['method', 'weights']);
    const left = labels('model: m.onnx\nsteps:\n  - quantize: { weights: 4, | activations: 8 }');
    for (const key of ['on', 'weights', 'activations']) expect(left).not.toContain(key);
  });

  it('of a layer that no step uses stand last', () => {
    const { items } = listAt('steps:\n  - quantize: {}\nlayers:\n  x: { | }');
    expect(items.slice(0, 2).map(({ label }) => label)).toEqual(['quantize', 'weights']);
    expect(told(items.find(({ label }) => label === 'channels')!)).toBe('channels | no step here uses it');
  });

  it.each([
    ['se|', 'seed', 'seed: 0'],
    ['|: 3', 'seed', 'seed: 3'],
    ['|', 'gate', 'gate:\n  '],
    ['|', 'steps', 'steps:\n  - '],
    ['gate: { | }', 'drop', 'gate: { drop:  }'],
    ['data:\n  |', 'test', 'data:\n  test: { path:  }'],
    ['data: { | input: {} }', 'test', 'data: { test: { path:  }, input: {} }'],
    ['data: { input: {} | }', 'test', 'data: { input: {}, test: { path:  } }'],
    ['{"seed": 1 | "target": "cpu"}', 'version', '{"seed": 1, "version": 1, "target": "cpu"}'],
    ['{\n  "seed": 1\n  |\n}', 'target', '{\n  "seed": 1,\n  "target": "cpu"\n}'],
    ['{"|"}', 'gate', '{"gate": { "drop":  }}'],
    ["data:\n  'in|': {}", 'input', "data:\n  'input': {}"],
  ])('%j with %s becomes %j', (marked, label, expected) => expect(chosen(marked, label).replace(/ +$/gm, (end) => end)).toBe(expected));
});

describe('values', () => {
  it('begin with the default, the one of the target where it has one', () => {
    expect(listAt('steps:\n  - quantize: { round: | }').items.map(told)).toEqual(['nearest | default', 'layer', 'block']);
    const board = listAt('target: zcu104\nsteps:\n  - quantize: { round: |, scales: x }').items;
    expect(board.map(told)).toEqual(['layer | default', 'nearest', 'block']);
    const scales = listAt('target: zcu104\nsteps:\n  - quantize: { scales: | }').items;
    expect(scales.map(told)).toEqual(['power-of-two | default', 'float | not on zcu104']);
    expect(JSON.stringify(scales[1]!.documentation)).toContain('takes only power-of-two');
  });

  it.each([
    ['target: |', 'zcu104', 'target: zcu104'],
    ['target:|', 'zcu104', 'target: zcu104'],
    ['target: cp|u-arm', 'zcu104', 'target: zcu104'],
    ['target: "|"', 'zcu104', 'target: "zcu104"'],
    ['target: "cp|', 'zcu104', 'target: "zcu104"'],
    ["target: '|'", 'zcu104', "target: 'zcu104'"],
    ['{"target": |}', 'zcu104', '{"target": "zcu104"}'],
    ['data: { input: { scale: | } }', '1/255', 'data: { input: { scale: 1/255 } }'],
    ['{"data": {"input": {"mean": |}}}', '[0.485, 0.456, 0.406]', '{"data": {"input": {"mean": [0.485, 0.456, 0.406]}}}'],
    ['steps:\n  - prune: { pattern: | }', '2:4', 'steps:\n  - prune: { pattern: "2:4" }'],
    ['steps:\n  - quantize: { equalize: | }', 'true', 'steps:\n  - quantize: { equalize: true }'],
    ['steps:\n  - quantize: { weights: | }', 'ternary', 'steps:\n  - quantize: { weights: ternary }'],
  ])('%j with %s becomes %j', (marked, label, expected) => expect(chosen(marked, label)).toBe(expected));

  it('are left to be chosen, or the list is shown again where the client can', () => {
    expect(chosen('data:\n  input: { | }', 'color', full)).toBe('data:\n  input: { color: ${1|rgb,bgr,gray|} }');
    const { items } = listAt('data:\n  input: { | }', { snippets: true, suggestAgain: 'show.again' });
    const color = items.find(({ label }) => label === 'color')!;
    expect((color.textEdit as TextEdit).newText).toBe('color: $1');
    expect(color.command?.command).toBe('show.again');
    // What is filled in already is not to be searched for.
    const mean = items.find(({ label }) => label === 'mean')!;
    expect((mean.textEdit as TextEdit).newText).toBe('mean: [${1:0.485, 0.456, 0.406}]');
    expect(mean.command).toBeUndefined();
    const [path] = listAt('data:\n  test: { | }', { snippets: true, suggestAgain: 'show.again' }).items;
    expect((path!.textEdit as TextEdit).newText).toBe('path: $1');
    expect(path!.command).toBeDefined();
    expect(chosen('steps: |', 'on lines of its own')).toBe('steps: \n  - ');
  });
});

describe('layers', () => {
  const at = (rest: string): string => `model: model.onnx\n${rest}`;

  it('are sorted by what is worst, then by the graph, with patterns before the first layer they are for', () => {
    const { items, isIncomplete } = listAt(at('layers:\n  |'));
    expect(items.map(told)).toEqual([
      '/layer2/0/Conv | 9.1 dB, 442 k MACs',
      '/layer1/* | 3 layers, worst 20.4 dB',
      '/layer1/0/* | 2 layers, worst 20.4 dB',
      '/layer1/0/Conv | 20.4 dB, 442 k MACs',
      '/conv1/Conv | 41 dB, 442 k MACs',
      '/layer1/1/Conv | 442 k MACs',
      '/fc/Gemm | 442 k MACs',
      '/layer1/0/Relu',
    ]);
    expect(isIncomplete).toBe(true);
    expect(items[0]!.detail).toBe('Conv 1×16×32×32');
  });

  it('say in their documentation what was measured and what the board refuses', () => {
    const { items } = listAt(at('target: zcu104\nlayers:\n  |'));
    const text = JSON.stringify(items[0]!.documentation);
    expect(text).toContain('SQNR');
    expect(text).toContain('too wide');
  });

  it('are found by any part of their name, and by what a pattern would match', () => {
    expect(labels(at('layers:\n  "gem|"'))).toEqual(['/fc/Gemm']);
    expect(labels(at('layers:\n  "/layer1/|"'))).toEqual(['/layer1/0/*', '/layer1/0/Conv', '/layer1/1/Conv', '/layer1/0/Relu']);
    expect(listAt(at('layers:\n  "*/Co|"')).items.map(({ label }) => label)).toContain('/conv1/Conv');
    expect(told(listAt(at('layers:\n  "/layer1/*|": {}')).items[0]!)).toBe('/layer1/* | 3 layers');
    expect(labels(at('layers:\n  "/nothing*|": {}'))).toEqual([]);
  });

  it('are not offered twice', () => {
    expect(labels(at('layers:\n  "/fc/Gemm": {}\n  "/layer1/*": {}\n  |'))).not.toContain('/fc/Gemm');
    expect(labels(at('steps:\n  - quantize: { exclude: ["/fc/Gemm", |] }'))).not.toContain('/fc/Gemm');
  });

  it.each([
    ['layers:\n  |', '/fc/Gemm', 'layers:\n  "/fc/Gemm": {  }'],
    ['layers:\n  "/fc|": { weights: 8 }', '/fc/Gemm', 'layers:\n  "/fc/Gemm": { weights: 8 }'],
    ["layers:\n  '/fc|'", '/fc/Gemm', "layers:\n  '/fc/Gemm': {  }"],
    ['layers:\n  "/layer1/0/Conv": {}\n  /fc|', '/fc/Gemm', 'layers:\n  "/layer1/0/Conv": {}\n  "/fc/Gemm": {  }'],
    ['steps:\n  - quantize: { exclude: [|] }', '/fc/Gemm', 'steps:\n  - quantize: { exclude: [/fc/Gemm] }'],
    ['steps:\n  - quantize: { exclude: [|] }', '/layer1/*', 'steps:\n  - quantize: { exclude: ["/layer1/*"] }'],
    ['steps:\n  - quantize:\n      exclude:\n        - |', 'Gemm', 'steps:\n  - quantize:\n      exclude:\n        - Gemm'],
    ['steps:\n  - train: { freeze: [|] }', 'Conv', 'steps:\n  - train: { freeze: [Conv] }'],
  ])('%j with %s becomes %j', (rest, label, expected) => expect(chosen(at(rest), label)).toBe(at(expected)));

  it('of several models have the alias before them', () => {
    const models = 'models:\n  a: { model: model.onnx }\n  b: { new: resnet20 }\n';
    expect(labels(`${models}layers:\n  |`)).toContain('a:/fc/Gemm');
    expect(labels(`${models}layers:\n  "b:|"`)).toContain('b:/layer1/*');
    expect(labels(`${models}layers:\n  "b:|"`).every((label) => label.startsWith('b:'))).toBe(true);
    expect(labels(`${models}steps:\n  - prune: { on: a }\n  - quantize: { on: a, exclude: [|] }`)).toContain('/fc/Gemm');
  });
});

describe('widths of a layer', () => {
  it('say what was measured at them, and what the board refuses', () => {
    const facts = fakeFacts({
      models: { [file]: model },
      figures: {
        [file]: [
          { ...figures, weights: 4 },
          { ...figures, weights: 8, layers: [{ name: '/layer1/0/Conv', value: 44, rank: 0 }] },
        ],
      },
    });
    const at = (pattern: string): string[] => {
      const request = requestAt(
        `model: model.onnx\ntarget: zcu104\nsteps:\n  - quantize: {}\nlayers:\n  "${pattern}": { weights: | }`,
        facts,
      );
      return completion(request, request.position, plain).items.map(told);
    };
    expect(at('/layer1/0/Conv')).toEqual(expect.arrayContaining(['4 | not on zcu104, 20.4 dB', '8 | default, 44 dB']));
    expect(at('*')).toContain('4 | not on zcu104, worst 9.1 dB');
  });
});

describe('models and paths', () => {
  it('are aliases where a step says which model it means', () => {
    const models = 'models:\n  a: { model: model.onnx }\n  b: { new: resnet20 }\n';
    expect(listAt(`${models}steps:\n  - train: { on: | }`).items.map(({ label }) => label)).toEqual(['a', 'b']);
    expect(labels(`${models}steps:\n  - distill: { on: a, teacher: | }`)[0]).toBe('b');
    expect(labels('models:\n  |')).toEqual(['student', 'teacher']);
    expect(labels('models:\n  student: {}\n  |')).toEqual(['teacher']);
  });

  it('begin with teachers that fit, and say why others do not', () => {
    const { items } = listAt('model: model.onnx\nsteps:\n  - distill: { teacher: | }');
    expect(items[0]!.label).toBe('zoo/large.onnx');
    expect(told(items.at(-1)!)).toBe('zoo/other.onnx | output 1×37, not 1×10');
    expect(items.map(({ label }) => label)).not.toContain('model.onnx');
  });

  it.each<[marked: string, offered: string[]]>([
    ['model: |', ['model.onnx', 'two.onnx', 'zoo/large.onnx', 'zoo/other.onnx', 'data/', 'zoo/']],
    ['data: { test: { path: | } }', ['data/', 'labels.csv', 'zoo/']],
    ['data: { test: { path: data/| } }', ['# odd/', 'test/', 'train/']],
    ['data: { test: { path: data/tr| } }', ['train/']],
    ['data: { test: { path: data, labels: | } }', ['folders', 'labels.csv', 'boxes.json']],
    ['output: { folder: | }', ['out', 'data/', 'zoo/']],
    ['data: { test: { path: data, labels: labels.csv, split: | } }', ['train', 'test']],
    ['model: two.onnx\ndata: { input: { color: rgb, | } }', ['scale']],
    ['model: two.onnx\ndata: { input: { | } }', ['left', 'right']],
    ['data: { test: { path: //server/| } }', []],
    ['data: { test: { path: https://server/| } }', []],
  ])('%j offers %j', (marked, offered) => {
    const found = labels(marked).filter((label) => !/^[[{]/.test(label));
    expect(found).toEqual(expect.arrayContaining(offered));
    if (offered.length === 0) expect(found).toEqual([]);
    expect(found).not.toContain('.git/');
    expect(found).not.toContain('notes.md');
  });

  it('are written as they need it', () => {
    expect(chosen('data: { test: { path: data/| } }', 'train/')).toBe('data: { test: { path: data/train } }');
    expect(chosen('data: { test: { path: data/| } }', '# odd/')).toBe('data: { test: { path: "data/# odd" } }');
    expect(told(listAt('data: { test: { path: data/tr| } }').items[0]!)).toBe('train/ | 400 pictures, 2 classes');
  });
});

describe('an empty text', () => {
  it('is offered whole recipes that can be run once their places are filled', () => {
    const { items } = listAt('|', full);
    expect(items[0]).toMatchObject({ label: 'recipe: quantize', kind: 15 });
    expect(chosen('|', 'recipe: quantize')).toMatch(/^version: 1\nmodel: model.onnx\n[^]*quantize: \{ weights: 8, activations: 8 \}$/);
    expect(labels('# A comment.\n|')[0]).toBe('recipe: quantize');
    expect(labels('seed: 1\n|')).not.toContain('recipe: quantize');
  });
});

it('asks clients what they can do', () => {
  expect(completionClient(undefined)).toEqual({ snippets: false });
  const capabilities = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };
  expect(completionClient({ capabilities, initializationOptions: { suggestAgain: 'x' } })).toEqual({ snippets: true, suggestAgain: 'x' });
  expect(completionClient({ capabilities, initializationOptions: { suggestAgain: 3 } })).toEqual({ snippets: true });
});

it('has every source of its folder in its list', async () => {
  const room = path.resolve('language-server/service/completion');
  const texts = readdirSync(room).map((name) => readFileSync(path.join(room, name), 'utf8'));
  const declared = texts.flatMap((text) => [...text.matchAll(/export const (\w+): CompletionSource =/g)].map((found) => found[1]));
  expect(completionSources.map(({ name }) => name).sort()).toEqual(declared.sort());
});

it('offers anchors where an alias begins', () => {
  expect(labels('data:\n  test: &pictures { path: x }\n  train: *|\nseed: 0')).toContain('*pictures');
});

describe('hostile and broken texts', () => {
  const sample = readFileSync('samples/shapes/learn.compress.yaml', 'utf8');

  it('get an answer at every place of a recipe, and none in comments', () => {
    for (let offset = 0; offset <= sample.length; offset += 5) {
      const request = requestAt(`${sample.slice(0, offset)}\ue001${sample.slice(offset)}`.replace('|', ' ').replace('\ue001', '|'), world);
      const { items } = completion(request, request.position, plain);
      const line = sample.slice(sample.lastIndexOf('\n', offset - 1) + 1, offset);
      if (/^\s*#/.test(line)) expect(items).toEqual([]);
      for (const item of items) {
        const { range } = item.textEdit as TextEdit;
        expect(range.start.line).toBe(request.position.line);
        expect(range.end.line).toBe(request.position.line);
      }
    }
  });

  it('get an answer where the rest is cut off', () => {
    for (let length = 0; length <= sample.length; length += 7) {
      const request = requestAt(`${sample.slice(0, length).replaceAll('|', ' ')}|`, world);
      expect(() => completion(request, request.position, full)).not.toThrow();
    }
  });

  it.each([
    ['{'.repeat(100_000)],
    ['- '.repeat(50_000)],
    ['{ a, '.repeat(30_000)],
    [`{${'\n'.repeat(100_000)}`],
    [`a: {${'\n  b'.repeat(30_000)}`],
    ['a: 1\n'.repeat(20_000)],
    [`"${'x'.repeat(100_000)}`],
    [' a:\n'.repeat(20_000)],
    [Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
  ])('are read in one go: %.20j', (text) => expect(() => cursorAt(text, text.length)).not.toThrow());

  it('are no Markdown and no snippet', () => {
    const evil = '${1:<img src=x>}`*[a](b)\u202e';
    const hostile = fakeFacts({
      models: { [file]: modelFacts([layerFacts(evil, { op: '**`Conv`**', detail: '<b>' }), 'x'.repeat(1_000_000)]) },
    });
    const request = requestAt('model: model.onnx\nlayers:\n  |', hostile);
    const { items } = completion(request, request.position, full);
    expect(items).toHaveLength(1);
    expect(items[0]!.label).not.toContain('\u202e');
    expect((items[0]!.textEdit as TextEdit).newText).toBe(`${JSON.stringify(evil).replace('$', '\\$')}: { $1 }`);
    expect(JSON.stringify(items[0]!.documentation)).not.toMatch(/<b>|\*\*`Conv/);
  });
});

describe('a joint step', () => {
  const chain = 'models: { a: { new: unet, classes: 3, input: [3, 8, 8] }, b: { model: model.onnx, input: { from: a } } }\nchain: [a, b]\n';
  const offered = (settings: string): string[] => labels(`${chain}steps:\n  - joint: ${settings}\n`);

  it('is offered the models of the chain, and their outputs where losses are', () => {
    expect(offered('{ tune: [|] }')).toEqual(['a', 'b']);
    expect(offered('{ tune: [a, |] }')).toEqual(['b']);
    expect(offered('{ rates: { a: 1, | } }')).toEqual(['b']);
    expect(offered('{ prune: { channels: { | } } }')).toEqual(['a', 'b']);
    expect(offered('{ losses: { | } }')).toEqual(['a', 'b', 'a.output', 'b.output']);
    expect(offered('{ losses: { b: { | } } }')).toContain('ssim');
  });

  it('names no model that it is on', () => {
    expect(chosen(`${chain}steps:\n  - |`, 'joint')).not.toContain('on:');
  });
});
