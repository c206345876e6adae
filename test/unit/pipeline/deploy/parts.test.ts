import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LatheError } from '../../../../src/engine/base/errors.ts';
import { npyBytes } from '../../../../src/engine/base/npy.ts';
import type { LoadedSample } from '../../../../src/engine/data/types.ts';
import type { Runner } from '../../../../src/engine/evaluate/sessions.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import { checkFingerprint } from '../../../../src/engine/pipeline/deploy/compiled.ts';
import { BoardAnswers } from '../../../../src/engine/pipeline/deploy/outputs-match.ts';
import { plannedCommands } from '../../../../src/engine/pipeline/deploy/planned.ts';
import { StepRecord } from '../../../../src/engine/pipeline/deploy/steps.ts';
import type { CompileDocument } from '../../../../src/protocol/results/board.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-deploy-parts-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('fingerprints', () => {
  const check = (ours: string | undefined, theirs: string | undefined): void =>
    checkFingerprint(
      ours === undefined ? undefined : ({ fingerprint: ours } as CompileDocument),
      { summary: '', rows: [], missing: [], ...(theirs === undefined ? {} : { fingerprint: theirs }) },
      'board',
    );
  it.each([
    ['0x101000056010407', '0x101000056010407'],
    ['0x0101000056010407', '0X101000056010407'],
    [undefined, '0x1'],
    ['0x1', undefined],
  ])('%s fits %s', (ours, theirs) => expect(() => check(ours, theirs)).not.toThrow());
  it('another one is refused', () => {
    expect(() => check('0x101000016010407', '0x101000056010407')).toThrow(/0x101000016010407.*0x101000056010407/s);
  });
});

describe('outputs of a board', () => {
  const sample = (index: number): LoadedSample => ({
    index,
    id: `p${index}`,
    input: { type: DataType.float32, dims: [1], data: new Float32Array(1) },
    geometry: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
  });
  const file = (name: string, dims: number[], values: number[]): string => {
    fs.writeFileSync(path.join(folder, name), npyBytes(dims, Float32Array.from(values)));
    return path.join(folder, name);
  };
  const expecting = (values: number[], dims: number[]): Runner => ({
    outputs: () => Promise.resolve({ y: { type: DataType.float32, dims, data: Float32Array.from(values) } }),
    dispose: () => Promise.resolve(),
  });
  const answersOf = (files: Record<string, string[]>, expected: Runner, places: [number, number][] = [[0, 0]]): BoardAnswers =>
    new BoardAnswers(files, new Map(places), expected, new Map([['y', 0.5]]));

  it('are compared element by element, once a picture, and take the expected shape', async () => {
    const answers = answersOf({ y: [file('a.npy', [4], [1, 2, 3, NaN])] }, expecting([1, 2.5, 2, NaN], [1, 4]));
    expect((await answers.outputs(sample(0)))['y']!.dims).toEqual([1, 4]);
    await answers.outputs(sample(0));
    expect(answers.match()).toEqual({ pictures: 1, elements: 4, equal: 2, maxAbs: 1, maxSteps: 2 });
  });

  it('are found by position where compilers have renamed them, and by the picture’s place', async () => {
    const files = { y_fix: [file('b.npy', [1], [1]), file('c.npy', [1], [2])] };
    const answers = answersOf(files, expecting([2], [1, 1]), [[7, 1]]);
    await answers.outputs(sample(7));
    expect(answers.match()).toEqual({ pictures: 1, elements: 1, equal: 1, maxAbs: 0, maxSteps: 0 });
  });

  it.each([
    ['none', {}, [[0, 0]]],
    ['another size', { y: ['wrong.npy'] }, [[0, 0]]],
    ['a picture that was not sent', { y: ['wrong.npy'] }, []],
  ] as [string, Record<string, string[]>, [number, number][]][])('%s is an error', async (_, names, places) => {
    file('wrong.npy', [3], [1, 2, 3]);
    const files = Object.fromEntries(Object.entries(names).map(([name, all]) => [name, all.map((one) => path.join(folder, one))]));
    await expect(answersOf(files, expecting([1], [1, 1]), places).outputs(sample(0))).rejects.toMatchObject({ code: 'board.outputs' });
  });
});

describe('steps', () => {
  it('tell what was done, what failed, and what was not begun', async () => {
    const record = new StepRecord(['a', 'b', 'c'], { now: () => 0, monotonic: () => 0 }, () => {}, { index: 0, of: 1 });
    await record.do('a', (tell) => Promise.resolve(tell.detail('x')));
    await expect(record.do('b', () => Promise.reject(new LatheError('x', 'no', { hint: 'try' })))).rejects.toThrow('no');
    expect([...record.steps, ...record.rest()]).toEqual([
      { title: 'a', state: 'done', detail: 'x', seconds: 0 },
      { title: 'b', state: 'failed', detail: 'no', seconds: 0 },
      { title: 'c', state: 'skipped' },
    ]);
  });
});

it('a plan quotes whatever a recipe and files are called', () => {
  const plan = {
    files: [{ name: 'm.onnx', local: '/a "b" $(x)/m.onnx' }],
    steps: [{ title: 'Run', command: ['sh', '-c', 'echo $x'] as const, limitMs: 1 }],
    results: ['out/'],
  };
  const texts = plannedCommands({ target: 'cpu', folder: "my 'models'" }, { host: 'board' }, 'm.onnx', plan).map(({ text }) => text);
  expect(texts[1]).toContain(`put "/a \\"b\\" $(x)/m.onnx" "./my 'models'/jobs/job-XXXXXX/m.onnx"`);
  expect(texts[2]).toBe(`cd './my '\\''models'\\''/jobs/job-XXXXXX' && sh -c 'echo $x'`);
});
