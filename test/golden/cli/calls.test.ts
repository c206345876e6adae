import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands/index.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { buildModel } from '../../support/model-builder.ts';
import { buildLathe, lathe, latheJson, root } from '../../support/lathe.ts';

const model = 'samples/shapes/model.onnx';
const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-cli-'));
beforeAll(buildLathe);
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
};
const errorOf = (document: Record<string, unknown>): Record<string, unknown> => document['error'] as Record<string, unknown>;

describe('lathe', () => {
  it('prints its version', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(lathe(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists its commands', () => {
    const { code, stdout } = lathe([]);
    expect(code).toBe(0);
    for (const { name } of commands) expect(stdout).toContain(`  ${name} `);
  });

  it.each(commands.map(({ name }) => name))('%s --help ends with two examples', (name) => {
    const { code, stdout, stderr } = lathe([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('Examples (they work on the samples):\n')[1]?.trim().split('\n')).toHaveLength(2);
    expect(lathe(['help', name]).stdout).toBe(stdout);
  });

  it.each<[string, string[], string]>([
    ['an unknown command', ['quantise', model], 'did you mean "quantize"?'],
    ['a check for no board', ['check', model], "required option '--target <name>' not specified"],
    ['a check for an unknown board', ['check', model, '--target', 'zcu105'], '--target must be one of zcu104'],
    ['a fix without a name for the copy', ['check', model, '--target', 'zcu104', '--fix', 'exact'], '--fix needs -o'],
    ['an unknown accelerator', ['check', model, '--target', 'zcu104', '--architecture', 'B9'], 'no DPU "B9" is known'],
    ['an unknown option', ['quantize', model, '--wieghts', '4'], "unknown option '--wieghts'"],
    ['no model', ['inspect'], "missing required argument 'model'"],
    ['one argument too many', ['inspect', model, model], 'too many arguments'],
    [
      'a value outside its range',
      ['quantize', model, '--weights', '9'],
      '--weights must be a whole number from 2 to 8, 16, ternary, binary or float, not 9',
    ],
    ['a misspelt value', ['quantize', model, '--calibrate', 'entorpy'], 'did you mean "entropy"?'],
    ['a misspelt target', ['quantize', model, '--target', 'zcu105'], 'zcu104'],
    ['an unknown device', ['quantize', model, '--device', 'cuda'], 'Allowed choices are cpu'],
    ['no threads', ['quantize', model, '--threads', '0'], '--threads must be a whole number from 1 to 1024, not 0'],
    ['a seed that is text', ['quantize', model, '--seed', 'x'], '--seed must be a whole number'],
    ['a broken shard', ['evaluate', model, '--shard', '3/2'], '--shard must be i/n'],
    ['a broken shape', ['inspect', model, '--shape', '1,3,32,32'], '--shape must be like input=1,3,320,320'],
    ['no pictures', ['quantize', model], '--calibration is missing'],
    ['labels of nothing', ['quantize', model, '--labels', 'folders'], '--labels says something of pictures'],
    ['pictures that are not there', ['quantize', model, '--calibration', 'nowhere'], 'there is no "nowhere"'],
    ['a model that is not there', ['quantize', 'none.onnx', '--calibration', 'samples'], "none.onnx: the file can't be read"],
    ['a search without a budget', ['search', 'samples/shapes/shapes.compress.yaml'], 'a search needs a budget'],
    ['two budgets', ['search', 'samples/shapes/shapes.compress.yaml', '--bytes', '50%', '--drop', '1'], 'only one of --bytes and --drop'],
    ['a budget that is text', ['search', 'samples/shapes/shapes.compress.yaml', '--bytes', 'half'], '--bytes must be a number above 0'],
    [
      'an unknown width',
      ['search', 'samples/shapes/shapes.compress.yaml', '--bytes', '50%', '--widths', '4,9'],
      '--widths must be a list of',
    ],
    ['an allowed loss below nothing', ['compress', model, '--drop', '-1'], '--drop must be a number of at least 0'],
    ['a time without a unit that is one', ['compress', model, '--time', '5 days'], '--time must be'],
    ['a part above the whole', ['prune', model, '--channels', '1.5'], '--channels must be'],
    ['a part below nothing', ['prune', model, '--channels=-0.1'], '--channels must be'],
    ['all channels', ['prune', model, '--channels', '1'], 'would remove every channel'],
    ['what no cut reaches', ['prune', model, '--macs', '0.0001'], 'The nearest is `macs: 0.'],
    ['evaluate without pictures', ['evaluate', model], 'evaluate needs pictures'],
    ['an unknown metric', ['analyze', model, '--metric', 'psnr'], 'Allowed choices are sqnr'],
    [
      'a method to come',
      ['analyze', model, '--calibration', 'samples/shapes/pictures/train', '--method', 'gradient'],
      'no method gradient yet',
    ],
    ['a metric of another technique', ['analyze', model, '--technique', 'prune', '--metric', 'kl'], 'It takes sqnr and task'],
    [
      'a width that is none',
      ['analyze', model, '--calibration', 'samples/shapes/pictures/train', '--bits', '8,9'],
      '"9" is no width of weights',
    ],
    [
      'channels of no layer',
      ['analyze', model, '--calibration', 'samples/shapes/pictures/train', '--channels'],
      '--channels looks at one layer',
    ],
    ['two sets of pictures', ['evaluate', model, '--test', 'samples', '--train', 'samples'], 'only one of --test and --train'],
    ['a recipe that is not there', ['run', 'none.yaml'], 'there is no such file'],
    ['a folder as a recipe', ['validate', 'samples'], 'this is a folder, not a recipe'],
    ['a model as a recipe', ['run', model], 'this is a binary file, not a recipe'],
    [
      'a place that can not be written',
      ['quantize', model, '--method', 'dynamic', '--save-recipe', 'no/such/folder/r.yaml'],
      "the recipe can't be written",
    ],
    ['a run that is not there', ['clean', 'nowhere'], 'nowhere is no run folder'],
    ['--set without a value', ['run', 'samples/shapes/shapes.compress.yaml', '--set', 'seed'], '--set must be like'],
    ['--set of an unknown key', ['run', 'samples/shapes/shapes.compress.yaml', '--set', 'sed=1'], 'did you mean "seed"?'],
  ])('%s: exit code 2, on stderr and as JSON', (_, args, message) => {
    const plain = lathe(args);
    expect({ code: plain.code, stdout: plain.stdout }).toEqual({ code: 2, stdout: '' });
    expect(plain.stderr).toContain(message);
    expect(plain.stderr).not.toMatch(/\n {4}at /);
    const json = latheJson(args);
    expect(json.code).toBe(2);
    expect(errorOf(json.document)).toMatchObject({
      code: expect.stringMatching(/^[a-z]+\.[a-z-]+$/) as string,
      message: expect.any(String) as string,
    });
    if (!args[0]?.startsWith('-')) expect(json.document['command']).toBe(args[0]);
  });

  it('takes --json before the command as well', () => {
    expect(lathe(['--json', 'inspect', model])).toEqual(lathe(['inspect', model, '--json']));
  });

  it('shows a stack only with --verbose', () => {
    expect(lathe(['inspect', 'none.onnx', '--verbose']).stderr).toMatch(/\n {4}at /);
  });
});

describe('inspect', () => {
  it('answers with the keys of its contract', () => {
    const { code, document } = latheJson(['inspect', model]);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      lathe: expect.any(String) as string,
      command: 'inspect',
      file: { path: model, bytes: expect.any(Number) as number },
      opset: expect.any(Number) as number,
      producer: expect.any(String) as string,
      inputs: [{ name: 'image', type: 'float32', shape: ['N', 3, 32, 32] }],
      outputs: [{ name: 'scores', type: 'float32', shape: ['N', 10] }],
      operators: { Conv: 3, Gemm: 1 },
      macs: expect.any(Number) as number,
      peakActivationBytes: expect.any(Number) as number,
    });
    const layers = document['layers'] as Record<string, unknown>[];
    expect(layers).toHaveLength(document['nodes'] as number);
    expect(Object.keys(layers[0]!)).toEqual(expect.arrayContaining(['name', 'op', 'outputShape', 'parameters', 'macs']));
    expect(layers[0]).not.toHaveProperty('sparsity');
  });

  it('reads weights and hashes only when asked', () => {
    const { document } = latheJson(['inspect', model, '--weights', '--hash', '--shape', 'image=2,3,32,32']);
    expect((document['file'] as Record<string, unknown>)['sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect((document['layers'] as Record<string, unknown>[])[0]).toMatchObject({
      sparsity: expect.any(Number) as number,
      outputShape: [2, 24, 32, 32],
    });
  });

  it('colours nothing without a terminal, and fits 100 columns', () => {
    const { stdout } = lathe(['inspect', model], { env: { FORCE_COLOR: '1' } });
    expect(stdout).not.toContain('\u001b');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('validate and schema', () => {
  const good = `version: 1\nmodel: ${path.join(root, model)}\nsteps:\n  - quantize: { method: dynamic }\n`;

  it('finds nothing in the sample', () => {
    expect(latheJson(['validate', 'samples/shapes/shapes.compress.yaml'])).toMatchObject({
      code: 0,
      document: { problems: [] },
      stderr: '',
    });
  });

  it('lists problems of several files with their places, exit code 2', () => {
    const first = file('a.compress.yaml', good.replace('quantize', 'quantise'));
    const second = file(
      'b.compress.yaml',
      `${good}layers:\n  "/block1/conv/Con": { weights: 4 }\ndata: { test: { path: nowhere, labels: folders } }\n`,
    );
    const { code, document } = latheJson(['validate', first, second]);
    expect(code).toBe(2);
    const problems = document['problems'] as Record<string, unknown>[];
    expect(problems.map(({ file: at, line, column, severity, code: what, fix }) => [at, line, column, severity, what, fix])).toEqual([
      [first, 4, 5, 'error', 'recipe.unknown-key', 'quantize'],
      [second, 6, 3, 'error', 'recipe.layer', '"/block1/conv/Conv"'],
      [second, 7, 23, 'warning', 'recipe.no-such-path', undefined],
    ]);
    for (const problem of problems) for (const key of ['endLine', 'endColumn', 'message']) expect(problem).toHaveProperty(key);
    expect(lathe(['validate', first]).stdout).toContain(`${first}:4:5: error: unknown key "quantise"`);
  });

  it('says where a broken model lies', () => {
    file('broken.onnx', 'no model');
    const recipe = file('c.compress.yaml', 'version: 1\nmodel: broken.onnx\n');
    const { code, document } = latheJson(['validate', recipe]);
    expect(code).toBe(2);
    const errors = (document['problems'] as { severity: string }[]).filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ file: recipe, line: 2, column: 8, code: expect.stringMatching(/^model\./) as string }]);
  });

  it('run refuses the same recipe with its place', () => {
    const recipe = file('d.compress.yaml', good.replace('dynamic', 'dinamic'));
    const { code, document, stderr } = latheJson(['run', recipe]);
    expect(code).toBe(2);
    expect(errorOf(document)).toMatchObject({ code: 'recipe.invalid', file: recipe, line: 4, column: 25 });
    expect(stderr).toContain(`${recipe}:4:25: `);
  });

  it('prints the schemas', () => {
    const { document } = latheJson(['schema']);
    expect(document).toMatchObject({
      lathe: expect.any(String) as string,
      command: 'schema',
      type: 'object',
      // `model`, or `models` of several.
      required: ['version'],
    });
    expect(JSON.parse(lathe(['schema']).stdout)).not.toHaveProperty('lathe');
    expect(JSON.parse(lathe(['schema', '--overlay']).stdout)).toMatchObject({ title: 'Lathe overlay' });
  });
});

describe('check', () => {
  it('tells of every node where it runs, of sub-graphs and of what goes between them', () => {
    const { code, document } = latheJson(['check', model, '--target', 'zcu104', '--strict']);
    expect(code).toBe(0);
    expect(document).toMatchObject({ command: 'check', target: 'zcu104', architecture: 'DPUCZDX8G_ISA1_B4096', quantization: [] });
    expect((document['nodes'] as object[])[0]).toMatchObject({ op: 'Conv', verdict: 'yes', rule: 'dpu.conv', device: 'DPU', reason: expect.any(String) as string }); // prettier-ignore
    expect((document['subgraphs'] as object[])[0]).toMatchObject({ device: 'USER', nodes: [], tensor: 'image' });
    expect((document['transfers'] as object[])[0]).toEqual({ from: 0, to: 1, tensor: 'image', bytes: 3072 });
  });

  it('ends with 3 where a node is refused and that is strict', () => {
    const refused = path.join(folder, 'sigmoid.onnx');
    const values = { inputs: [{ name: 'x', shape: [1, 4] }], outputs: [{ name: 'y', shape: [1, 4] }] };
    writeFileSync(refused, encodeModel(buildModel({ ...values, nodes: [['Sigmoid', ['x'], ['y']]] })));
    expect(lathe(['check', refused, '--target', 'zcu104']).code).toBe(0);
    const { code, stdout } = lathe(['check', refused, '--target', 'zcu104', '--strict']);
    expect(code).toBe(3);
    expect(stdout).toContain('the DPU has no Sigmoid (dpu.sigmoid)');
  });
});

describe('doctor', () => {
  it('lists what there is, with advice for what is missing', () => {
    const { code, document } = latheJson(['doctor']);
    expect(code).toBe(0);
    const checks = document['checks'] as { name: string; ok: boolean; found: string; advice?: string }[];
    expect(checks.find((check) => check.name === 'ONNX Runtime')).toMatchObject({
      ok: true,
      found: expect.stringContaining('onnxruntime') as string,
    });
    for (const check of checks) expect(check.ok || check.advice, check.name).toBeTruthy();
  });
});
