import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runners } from '../../../../src/engine/targets/boards.ts';
import { runner } from '../../../../src/engine/targets/cpu/run.ts';
import { nodeScript } from '../../../../src/engine/targets/cpu/runner/node-script.ts';
import pythonScript from '../../../../src/engine/targets/cpu/runner/ort.py';
import type { BoardState, RunRequest } from '../../../../src/engine/targets/run-plan.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-cpu-run-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const answer = (stdout: string, exitCode: number | null = 0, stderr = '') => ({ stdout, exitCode, stderr });
const system = answer('Linux 6.1 aarch64\n');

describe('what a computer says it has', () => {
  it.each([
    [
      'Python',
      { python: answer('lathe ["3.11.2", "1.17.1"]\n'), node: answer('lathe ["20.1.0","1.20.0"]\n') },
      'Python 3.11.2, onnxruntime 1.17.1',
    ],
    [
      'Node where Python has none',
      { python: answer('', 1, 'ModuleNotFoundError'), node: answer('lathe ["20.1.0","1.20.0"]\n') },
      'Node 20.1.0, onnxruntime-node 1.20.0',
    ],
    ['what stands behind noise', { python: answer('warning: x\nlathe ["3.8", "1.10"]\n') }, 'Python 3.8, onnxruntime 1.10'],
  ])('%s', (_, answers, runtime) => {
    const state = runner.state({ ...answers, system });
    expect(state.missing).toEqual([]);
    expect(state.rows).toContainEqual({ name: 'Runtime', value: runtime });
  });

  it.each([
    ['neither', { python: answer('', 127), node: answer('', 127) }, /Install Python 3/],
    ['Python alone', { python: answer('', 1), node: answer('', 127) }, /pip install onnxruntime numpy\./],
    ['both, bare', { python: answer('', 1), node: answer('', 1) }, /pip install .*npm install/],
    ['hostile answers', { python: answer('lathe ["\u001b[31m'.repeat(10_000)), system: answer('<b>\u202e\n'.repeat(9999)) }, /pip install/],
  ])('%s: says what to install', (_, answers, advice) => {
    const state = runner.state(answers);
    expect(state.missing[0]).toMatchObject({ what: 'ONNX Runtime', advice: expect.stringMatching(advice) });
    expect(JSON.stringify(state).length).toBeLessThan(2000);
    expect(state.summary).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

const stateWith = (...rows: [string, string][]): BoardState => ({
  summary: '',
  rows: rows.map(([name, value]) => ({ name, value })),
  missing: [],
});
const request = (change: Partial<RunRequest> = {}): RunRequest => ({
  model: '/m/odd name.onnx',
  inputs: ['/a/0.npy', '/a/1.npy'],
  entry: { runs: 3, 'warm-up': 1, seconds: 0.1, threads: [2, 1, 2] },
  ...change,
});

describe('the plan', () => {
  it('copies model, pictures and a runner under names of its own', () => {
    const { files, steps, results } = runner.plan(request());
    expect(files.map(({ name }) => name)).toEqual(['run.py', 'request.json', 'model.onnx', 'inputs/000000.npy', 'inputs/000001.npy']);
    expect(JSON.parse((files[1] as { text: string }).text)).toEqual({
      model: 'model.onnx',
      inputs: 2,
      runs: 3,
      warmUp: 1,
      threads: [2, 1],
      seconds: 0.1,
    });
    expect(steps.map(({ command }) => command)).toEqual([['python3', 'run.py']]);
    expect(results).toEqual(['result.json', 'outputs/']);
  });
  it('takes Node where that is what there is', () => {
    expect(runner.plan(request({ board: stateWith(['Runtime', 'Node 20, onnxruntime-node 1']) })).steps[0]!.command).toEqual([
      'node',
      'run.cjs',
    ]);
  });
  it('is there for each kind of processor', () => {
    expect(runners.map(({ target }) => target)).toEqual(expect.arrayContaining(['cpu', 'cpu-arm64', 'cpu-x64-vnni']));
  });
});

describe('results', () => {
  const read = (result: string, change: Partial<RunRequest> = {}, target = 'cpu') => {
    const place = fs.mkdtempSync(path.join(folder, 'r-'));
    fs.writeFileSync(path.join(place, 'result.json'), result);
    const reader = runners.find((one) => one.target === target)!;
    return reader.read(place, {}, request(change));
  };

  it('become figures', async () => {
    const times = [5, 1, 2, 3, 4];
    const figures = await read(JSON.stringify({ times, latencyThreads: 1, fps: [{ threads: 1, fps: 10 }], outputs: ['y'] }));
    expect(figures).toMatchObject({ latencyMs: { median: 3, p90: 4.6, runs: 5 }, fps: [{ threads: 1, fps: 10 }] });
    expect(figures.outputs!['y']!.map((file) => path.basename(file))).toEqual(['0-000000.npy', '0-000001.npy']);
  });

  it.each(['', '[]', 'null', '{"times":"x","fps":[{"threads":-1,"fps":"x"}],"outputs":{}}', '{"times":[null,-1,1e999]}'])(
    '%s gives no figures and no crash',
    async (text) => {
      const figures = await read(text).catch((error: unknown) => error);
      expect(figures instanceof Error ? figures : (figures as { latencyMs?: unknown }).latencyMs).not.toMatchObject({
        median: expect.anything(),
      });
    },
  );

  it.each([
    ['{"error":"Fail: Unsupported model IR version: 10"}', 'board.run', /newer/],
    ['{"error":"x"}', 'board.run', undefined],
    ['{', 'board.result', undefined],
  ])('%s is an error', async (text, code, hint) => {
    await expect(read(text)).rejects.toMatchObject({ code, ...(hint ? { place: { hint: expect.stringMatching(hint) } } : {}) });
  });

  it.each([
    ['cpu-arm64', ['System', 'Linux 6 x86_64'], /no ARM/],
    ['cpu-x64-vnni', ['System', 'Linux 6 aarch64'], /ARM processor/],
    ['cpu-x64-vnni', ['System', 'Linux 6 x86_64'], /no VNNI/],
  ] as const)('%s on %s is told', async (target, row, note) => {
    const { notes } = await read('{}', { board: stateWith([...row]) }, target);
    expect(notes.join(' ')).toMatch(note);
  });
});

describe('runners', () => {
  it('of Python and Node can be read', () => {
    expect(spawnSync('node', ['--check', '-'], { input: nodeScript, encoding: 'utf8' }).stderr).toBe('');
    const python = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: pythonScript, encoding: 'utf8' });
    expect(python.error ? '' : python.stderr).toBe('');
  });

  it('of Python computes what ONNX Runtime does, as far as it asks it', () => {
    // Modules that act as numpy and onnxruntime do, as few machines that test have them.
    fs.writeFileSync(
      path.join(folder, 'numpy.py'),
      'class A(list):\n def astype(self, t): return self\ndef load(f, allow_pickle): return A([open(f).read()])\ndef asarray(v, dtype): return v\ndef save(f, v, allow_pickle): open(f, "w").write(str(v))\n',
    );
    fs.writeFileSync(
      path.join(folder, 'onnxruntime.py'),
      '__version__ = "1.0"\nclass SessionOptions: pass\nclass V:\n name = "x"; type = "tensor(float)"\nclass InferenceSession:\n def __init__(self, m, o, providers): assert m == "model.onnx"\n def get_outputs(self): return [V]\n def get_inputs(self): return [V]\n def run(self, names, feed): return ["y" + feed["x"][0]]\n',
    );
    fs.mkdirSync(path.join(folder, 'inputs'));
    fs.writeFileSync(path.join(folder, 'inputs/000000.npy'), '7');
    fs.writeFileSync(
      path.join(folder, 'request.json'),
      JSON.stringify({ model: 'model.onnx', inputs: 1, runs: 2, warmUp: 1, threads: null, seconds: 0.01 }),
    );
    const { status, error } = spawnSync('python3', ['-'], {
      input: pythonScript,
      cwd: folder,
      env: { ...process.env, PYTHONPATH: folder },
    });
    if (error) return; // no Python here
    const result = JSON.parse(fs.readFileSync(path.join(folder, 'result.json'), 'utf8')) as Record<string, unknown[]>;
    expect({ status, ...result }).toMatchObject({ status: 0, outputs: ['x'], times: [expect.any(Number), expect.any(Number)] });
    expect(fs.readFileSync(path.join(folder, 'outputs/0-000000.npy'), 'utf8')).toBe('y7');
  });
});
