import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildLathe, lathe, latheJson, pressCtrlC, root, startLathe } from '../../support/lathe.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-jobs-'));
beforeAll(() => {
  buildLathe();
  cpSync(path.join(root, 'samples/shapes'), path.join(folder, 'samples/shapes'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(path.join(folder, 'lathe-runs'), { recursive: true, force: true }));

const here = { cwd: folder };
const model = 'samples/shapes/model.onnx';
const train = 'samples/shapes/pictures/train';
const test = 'samples/shapes/pictures/test';
const models = (document: Record<string, unknown>): Record<string, unknown>[] => document['models'] as Record<string, unknown>[];

describe('quantize', () => {
  it('answers with the keys of its contract and leaves a run folder', () => {
    const { code, document, stderr } = latheJson(
      ['quantize', model, '--calibration', train, '--count', '32', '--test', test, '--labels', 'folders'],
      here,
    );
    expect(code, stderr).toBe(0);
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining(['lathe', 'command', 'run', 'recipe', 'steps', 'models', 'peakRssBytes', 'resumed', 'notQuantized']),
    );
    expect(document).toMatchObject({
      command: 'quantize',
      resumed: false,
      steps: [{ step: 'quantize', seconds: expect.any(Number) as number }],
    });
    const output = models(document).find((one) => one['role'] === 'output');
    for (const key of ['path', 'bytes', 'packedBytes', 'parameters', 'macs', 'weightBits', 'activationBits', 'sparsity'])
      expect(output).toHaveProperty(key);
    for (const file of ['run.json', 'recipe.resolved.yaml', 'log.jsonl'])
      expect(existsSync(path.join(document['run'] as string, file)), file).toBe(true);
    expect(document['metrics']).toMatchObject({
      before: { metric: expect.any(String) as string, confidence: [expect.any(Number), expect.any(Number)] as number[] },
      after: {},
    });
  });

  it('gives the same bytes as the recipe it saves, and as its own resolved recipe', () => {
    const saved = path.join(folder, 'sub.compress.yaml');
    const args = [
      'quantize',
      model,
      '--calibration',
      train,
      '--count',
      '16',
      '--weights',
      '6',
      '-o',
      'direct.onnx',
      '--save-recipe',
      saved,
    ];
    const first = latheJson(args, here);
    expect(first.code, first.stderr).toBe(0);
    expect(lathe(['run', saved, '-o', 'saved.onnx', '--quiet'], here).code).toBe(0);
    expect(lathe(['run', first.document['recipe'] as string, '-o', 'resolved.onnx', '--quiet'], here).code).toBe(0);
    const bytes = (name: string): Buffer => readFileSync(path.join(folder, name));
    expect(bytes('saved.onnx').length).toBeGreaterThan(1000);
    expect(bytes('resolved.onnx').equals(bytes('saved.onnx'))).toBe(true);
  });

  it('puts run folders where -o says, and prints a table for people', () => {
    const { code, stdout } = lathe(['quantize', model, '--method', 'dynamic', '-o', 'elsewhere', '--quiet'], here);
    expect(code).toBe(0);
    expect(readdirSync(path.join(folder, 'elsewhere'))).toHaveLength(1);
    expect(existsSync(path.join(folder, 'lathe-runs'))).toBe(false);
    expect(stdout).toMatch(/^size +200 kB → .* file, .* packed$/m);
  });

  it('says at once when the place for runs can not be made', () => {
    writeFileSync(path.join(folder, 'file'), '');
    for (const place of ['file', 'file/in/a/file', ...(process.platform === 'linux' ? ['/proc/runs'] : [])]) {
      const { code, document } = latheJson(['quantize', model, '--method', 'dynamic', '-o', place], here);
      expect(code).toBe(1);
      expect(document['error']).toMatchObject({ code: 'disk.folder', hint: expect.any(String) as string });
    }
  });

  it('reports progress as JSON lines, or not at all', () => {
    const args = ['quantize', model, '--calibration', train, '--count', '64', '--json'];
    const { stderr } = lathe([...args, '--progress', 'json'], here);
    const lines = stderr.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    const fractions = lines.flatMap((line) => (typeof line['fraction'] === 'number' ? [line['fraction']] : []));
    expect(fractions.length).toBeGreaterThan(0);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(lathe([...args, '--quiet'], here).stderr).toBe('');
  });
});

describe('run', () => {
  it('runs the sample recipe; a missed gate is exit code 3', () => {
    const recipe = 'samples/shapes/shapes.compress.yaml';
    expect(latheJson(['run', recipe, '--set', 'gate.drop=50'], here)).toMatchObject({ code: 0, document: { gate: { met: true } } });
    expect(latheJson(['run', recipe, '--set', 'gate.drop=0.5', '--set', 'steps.0.quantize.weights=2'], here)).toMatchObject({
      code: 3,
      document: { gate: { met: false } },
    });
  });

  it('prints the plan with its costs and starts nothing on --dry-run', () => {
    const { code, document } = latheJson(
      ['run', 'samples/shapes/shapes.compress.yaml', '--dry-run', '--set', 'steps.0.quantize.weights=4'],
      here,
    );
    expect(code).toBe(0);
    expect(document).toMatchObject({ dryRun: true, plan: { steps: [{ step: 'quantize', settings: { weights: 4 } }] } });
    const [before, after] = document['costs'] as { weightBytes: number; packedBytes: number }[];
    expect(after!.packedBytes / before!.packedBytes).toBeGreaterThan(0.12);
    expect(after!.packedBytes / before!.packedBytes).toBeLessThan(0.15);
    expect(existsSync(path.join(folder, 'lathe-runs'))).toBe(false);
  });
});

describe('evaluate, compare, report', () => {
  const pictures = ['--test', test, '--labels', 'folders'];

  it('evaluate answers with the keys of its contract', () => {
    const { code, document, stderr } = latheJson(['evaluate', model, ...pictures, '--runs', '5', '--warm-up', '1', '--threads', '2'], here);
    expect(code, stderr).toBe(0);
    expect(document).toMatchObject({
      command: 'evaluate',
      metric: 'top1',
      unit: '%',
      samples: 400,
      threads: 2,
      extra: { top5: expect.any(Number) as number },
    });
    expect(document['value']).toBeGreaterThan(50);
    expect(document['latencyMs']).toMatchObject({ median: expect.any(Number) as number, p90: expect.any(Number) as number });
    expect(lathe(['evaluate', model, ...pictures, '--no-latency', '--quiet'], here).stdout).toMatch(
      /^top1 +\d+\.\d %  \(400 samples, 95 % between/m,
    );
  });

  it('compare answers with the keys of its contract, with null for the SQNR of equal tensors', () => {
    const { code, document, stderr } = latheJson(['compare', model, model, '--test', test, '--count', '5'], here);
    expect(code, stderr).toBe(0);
    expect(document).toMatchObject({
      command: 'compare',
      inputs: [expect.any(String), expect.any(String)] as string[],
      structure: { added: [], removed: [], changed: [] },
    });
    expect(document['outputs']).toMatchObject([{ name: 'scores', sqnrDb: null, equal: true, cosine: 1, maxAbs: 0 }]);
    for (const layer of document['layers'] as object[])
      expect(Object.keys(layer)).toEqual(expect.arrayContaining(['a', 'b', 'op', 'sqnrDb', 'cosine', 'maxAbs', 'meanShift']));
    expect(lathe(['compare', model, model], here).stdout).toContain('added    none');
  });

  it('report writes one HTML file', () => {
    const { document } = latheJson(['quantize', model, '--method', 'dynamic'], here);
    const place = path.join(folder, 'r.html');
    const report = latheJson(['report', document['run'] as string, '-o', place], here);
    expect(report.document).toMatchObject({ output: { path: place, bytes: readFileSync(place).length }, warnings: [] });
  });
});

describe('sharding', () => {
  it('gives the model of the whole job, byte for byte', () => {
    const job = ['quantize', model, '--calibration', train, '--count', '30', '--calibrate', 'entropy', '--quiet'];
    expect(lathe([...job, '-o', 'whole.onnx'], here).code).toBe(0);
    for (const part of ['1', '2', '3']) expect(lathe([...job, '--shard', `${part}/3`, '-o', `q${part}.json`], here).code).toBe(0);
    const merged = latheJson(['merge', 'q3.json', 'q1.json', 'q2.json', '-o', 'merged.onnx'], here);
    expect(merged, merged.stderr).toMatchObject({ code: 0, document: { output: { path: path.join(folder, 'merged.onnx') } } });
    expect(readFileSync(path.join(folder, 'merged.onnx')).equals(readFileSync(path.join(folder, 'whole.onnx')))).toBe(true);
  });

  it('gives the figures of the whole evaluation', () => {
    const job = ['evaluate', model, '--test', test, '--labels', 'folders', '--count', '50', '--no-latency', '--quiet'];
    for (const part of ['1', '2']) expect(lathe([...job, '--shard', `${part}/2`, '-o', `e${part}.json`], here).code).toBe(0);
    const { command: _, output, ...merged } = latheJson(['merge', 'e1.json', 'e2.json'], here).document;
    const { command: __, ...whole } = latheJson(job, here).document;
    expect(merged).toEqual(whole);
    expect(output).toMatchObject({ path: path.join(folder, 'e1.merged.json') });
    expect(latheJson(['merge', 'e1.json', 'q1.json'], here)).toMatchObject({ code: 2, document: { error: { code: 'shard.parts' } } });
  });
});

describe('analyze', () => {
  const job = ['analyze', model, '--calibration', train, '--samples', '12', '--count', '24', '--quiet'];

  it('answers with the keys of its contract, worst layer first, and is known the second time', () => {
    const { code, document, stderr } = latheJson([...job, '--bits', '8,4', '--overlay', 'model.overlay.json'], here);
    expect(code, stderr).toBe(0);
    expect(document).toMatchObject({
      command: 'analyze',
      method: 'isolated',
      metric: 'sqnr',
      unit: 'dB',
      better: 'high',
      samples: 24,
      cached: false,
      seconds: expect.any(Number) as number,
      forwardPasses: expect.any(Number) as number,
      estimate: { layers: 4, samples: 24 },
    });
    const layers = document['layers'] as { name: string; op: string; bits: number; value: number }[];
    expect(layers).toHaveLength(8);
    expect(layers.map(({ value }) => value)).toEqual(layers.map(({ value }) => value).sort((a, b) => a - b));
    expect(JSON.parse(readFileSync(path.join(folder, 'model.overlay.json'), 'utf8'))).toMatchObject({ version: 1, overlays: [{}, {}] });
    expect(latheJson([...job, '--bits', '4,8'], here).document).toMatchObject({ cached: true, layers });
    expect(lathe([...job, '--bits', '4'], here).stdout).toMatch(/known from before[^]*w4a4/);
  });

  it('three shards merged are one run, byte for byte', () => {
    const own = [...job, '--bits', '4', '--no-cache'];
    const { command: _, seconds: __, estimate: ___, cached: ____, ...whole } = latheJson([...own, '-o', 'whole.json'], here).document;
    for (const part of ['1', '2', '3']) expect(lathe([...own, '--shard', `${part}/3`, '-o', `a${part}.json`], here).code).toBe(0);
    const { command: _____, output, ...merged } = latheJson(['merge', 'a2.json', 'a3.json', 'a1.json', '-o', 'merged.json'], here).document;
    expect(merged).toEqual(whole);
    expect(output).toMatchObject({ path: path.join(folder, 'merged.json') });
    expect(readFileSync(path.join(folder, 'merged.json')).equals(readFileSync(path.join(folder, 'whole.json')))).toBe(true);
  });

  it('shows one layer channel by channel, and what an analysis would cost', () => {
    const { document } = latheJson([...job, '--bits', '4', '--layer', '/block2/conv/Conv', '--channels'], here);
    expect(document).toMatchObject({ layer: '/block2/conv/Conv', op: 'Conv', weights: 4, activations: 4, input: { bits: 4 } });
    expect((document['channels'] as unknown[]).length).toBeGreaterThan(8);
    expect(lathe([...job, '--dry-run'], here).stdout).toMatch(/^4 layers × 24 pictures: about .*runs of the model/);
  });
});

describe('Ctrl-C', () => {
  it('cancels with exit code 130, says how to go on, and that works', async () => {
    const child = startLathe(
      ['quantize', model, '--calibration', train, '--calibrate', 'entropy', '--json', '--progress', 'json', '--threads', '1'],
      folder,
    );
    let [stdout, stderr] = ['', ''];
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    let pressed = false;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (pressed || !/"done":[1-9]/.test(stderr)) return;
      pressed = true;
      pressCtrlC(child);
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code, stderr).toBe(130);
    const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
    expect(error.code).toBe('cancelled');
    expect(latheJson(['clean'], here).document).toMatchObject({ runs: [{ state: 'cancelled' }] });
    const [run] = /lathe-runs\/\S+/.exec(error.hint)!;
    const resumed = latheJson(['run', run, '--resume', '-o', 'resumed.onnx'], here);
    expect(resumed, resumed.stderr).toMatchObject({ code: 0, document: { resumed: true } });
    const whole = latheJson(['quantize', model, '--calibration', train, '--calibrate', 'entropy'], here);
    const pathOf = (document: Record<string, unknown>): string =>
      models(document).find((one) => one['role'] === 'output')!['path'] as string;
    expect(readFileSync(pathOf(resumed.document)).equals(readFileSync(pathOf(whole.document)))).toBe(true);
  });
});

describe('clean', () => {
  it('lists runs and removes what is named', () => {
    const { document } = latheJson(['quantize', model, '--method', 'dynamic'], here);
    const run = document['run'] as string;
    expect(latheJson(['clean'], here).document).toMatchObject({ runs: [{ path: run, state: 'finished' }], removed: [] });
    expect(existsSync(run)).toBe(true);
    expect(latheJson(['clean', path.basename(run)], here).document).toMatchObject({ runs: [], removed: [{ path: run }] });
    expect(existsSync(run)).toBe(false);
  });

  it('removes nothing that is no run folder', () => {
    expect(latheJson(['clean', 'samples'], here).code).toBe(2);
    expect(existsSync(path.join(folder, model))).toBe(true);
  });
});
