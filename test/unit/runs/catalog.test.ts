import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquireLock } from '../../../src/engine/pipeline/lock.ts';
import { RunCatalog } from '../../../src/engine/pipeline/run-catalog.ts';
import { summarizeRecord } from '../../../src/engine/pipeline/run-summary.ts';

let root = '';
let count = 0;
const fresh = async (): Promise<string> => {
  const folder = path.join(root, String(count++));
  await mkdir(folder);
  return folder;
};
beforeAll(async () => void (root = await mkdtemp(path.join(os.tmpdir(), 'lathe-catalog-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

const result = {
  models: [
    { path: '/elsewhere/net.onnx', role: 'input', bytes: 400, packedBytes: 400, parameters: 10, macs: null },
    { path: 'C:\\runs\\one\\models\\net_quantize.onnx', role: 'output', bytes: 110, packedBytes: 100, parameters: 10, macs: 7 },
  ],
  metrics: {
    before: { metric: 'psnr', unit: 'dB', better: 'high', value: 'inf', samples: 3, confidence: ['inf', 'inf'], extra: { perClass: [1] } },
    after: { metric: 'psnr', unit: 'dB', better: 'high', value: 30, samples: 3, confidence: [29, 31] },
  },
  warnings: ['one', 'two'],
};
const record = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'net',
  state: 'finished',
  started: '2026-01-01T00:00:00Z',
  recipe: {
    file: '/projects/net.compress.yaml',
    model: '/elsewhere/net.onnx',
    target: 'cpu',
    steps: [{ step: 'quantize', settings: { weights: 4 }, layers: {} }],
  },
  data: [{ use: 'test', path: '/data/test', samples: 3, fingerprint: 'f' }],
  machine: { cpu: 'Some CPU' },
  result,
  ...more,
});

async function addRun(folder: string, name: string, contents: Record<string, unknown> | string): Promise<string> {
  const run = path.join(folder, name);
  await mkdir(run, { recursive: true });
  await writeFile(path.join(run, 'run.json'), typeof contents === 'string' ? contents : JSON.stringify(contents));
  return run;
}

describe('the list of runs', () => {
  it('takes what lists and comparisons need, paths of models as they are now', async () => {
    const folder = await fresh();
    const run = await addRun(folder, 'one', record());
    expect(await new RunCatalog().list(folder)).toEqual([
      {
        folder: run,
        name: 'net',
        status: 'finished',
        started: '2026-01-01T00:00:00Z',
        method: 'quantize weights 4',
        recipe: '/projects/net.compress.yaml',
        model: '/elsewhere/net.onnx',
        target: 'cpu',
        machine: 'Some CPU',
        models: [
          { path: '/elsewhere/net.onnx', role: 'input', bytes: 400, packedBytes: 400, parameters: 10, macs: null, weightBits: null, activationBits: null, sparsity: null },
          { path: path.join(run, 'models/net_quantize.onnx'), role: 'output', bytes: 110, packedBytes: 100, parameters: 10, macs: 7, weightBits: null, activationBits: null, sparsity: null },
        ],
        metrics: {
          before: { metric: 'psnr', unit: 'dB', better: 'high', value: Infinity, samples: 3, confidence: [Infinity, Infinity] },
          after: { metric: 'psnr', unit: 'dB', better: 'high', value: 30, samples: 3, confidence: [29, 31] },
        },
        test: { path: '/data/test', samples: 3, fingerprint: 'f' },
        warnings: 2,
      },
    ]); // prettier-ignore
  });

  it('is newest first; what can not be read comes last, with the reason', async () => {
    const folder = await fresh();
    await addRun(folder, 'old', record({ started: '2026-01-01T00:00:00Z' }));
    await addRun(
      folder,
      'new',
      record({ started: '2026-02-01T00:00:00Z', state: 'failed', error: { message: 'no such picture' }, result: undefined }),
    );
    await addRun(folder, 'half', '{"state":');
    await addRun(folder, 'other', '[1, 2]');
    await addRun(folder, 'future', record({ state: 'paused' }));
    await mkdir(path.join(folder, 'begun/checkpoints'), { recursive: true });
    await mkdir(path.join(folder, 'folder/run.json'), { recursive: true });
    await mkdir(path.join(folder, 'no run'));
    await writeFile(path.join(folder, 'file'), '');
    await symlink(path.join(folder, 'old'), path.join(folder, 'link'));
    const runs = await new RunCatalog().list(folder);
    expect(runs.map(({ name, status, problem, folder: at }) => [path.basename(at), name, status, problem])).toEqual([
      ['new', 'net', 'failed', 'no such picture'],
      ['old', 'net', 'finished', undefined],
      ['begun', 'begun', 'unreadable', 'it was ended before it wrote its run.json'],
      ['folder', 'folder', 'unreadable', expect.stringMatching(/^run\.json can't be read: EISDIR/)],
      ['future', 'future', 'unreadable', 'run.json is not the record of a run'],
      ['half', 'half', 'unreadable', expect.stringMatching(/^run\.json is not JSON: /)],
      ['other', 'other', 'unreadable', 'run.json is not the record of a run'],
    ]);
  });

  it('tells a run that a process works on from one that was interrupted', async () => {
    const folder = await fresh();
    const run = await addRun(folder, 'one', record({ state: 'running', result: undefined }));
    const catalog = new RunCatalog();
    const status = async (): Promise<string | undefined> => (await catalog.list(folder))[0]?.status;
    expect(await status()).toBe('interrupted');
    const lock = await acquireLock(run);
    expect(await status()).toBe('running');
    await lock.release();
    expect(await status()).toBe('interrupted');
  });

  it('reads a record again only when its file has changed, and forgets what is gone', async () => {
    const folder = await fresh();
    const run = await addRun(folder, 'one', record());
    const file = path.join(run, 'run.json');
    const catalog = new RunCatalog();
    const [first] = await catalog.list(folder);
    expect((await catalog.list(folder))[0]).toBe(first);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"net"', '"ten"'));
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    expect((await catalog.list(folder))[0]?.name).toBe('ten');
    await rm(run, { recursive: true });
    expect(await catalog.list(folder)).toEqual([]);
    await expect(catalog.read(run)).rejects.toMatchObject({ code: 'run.missing' });
  });

  it('of a folder that is none is empty; of a file it says so', async () => {
    const folder = await fresh();
    expect(await new RunCatalog().list(path.join(folder, 'none'))).toEqual([]);
    await writeFile(path.join(folder, 'file'), '');
    await expect(new RunCatalog().list(path.join(folder, 'file'))).rejects.toMatchObject({
      code: 'runs.folder',
      place: { hint: expect.any(String) as string },
    });
  });
});

describe('a record that anybody may have written', () => {
  it('never breaks the list, whatever is in it', () => {
    const hostile = fc.record(
      Object.fromEntries(['name', 'recipe', 'result', 'data', 'machine', 'error', 'search', 'ended'].map((key) => [key, fc.anything()])),
    );
    fc.assert(
      fc.property(hostile, fc.anything(), (fields, more) => {
        const run = summarizeRecord('/runs/x', { ...fields, state: 'finished', started: '2026-01-01' });
        expect(run).toMatchObject({ folder: '/runs/x', status: 'finished' });
        expect(() => structuredClone(run)).not.toThrow();
        expect(() => summarizeRecord('/runs/x', more)).not.toThrow();
      }),
    );
  });

  it('gives boxes, splits and limits of boxes as far as they can be read', () => {
    const boxes = { found: 42, false: 3, total: 43 };
    const measurement = { metric: 'ap50', unit: '%', better: 'high', value: 95, samples: 9, confidence: [90, 99], boxes };
    const splits = [{ split: 'test', value: 96, samples: 5, confidence: [90, 100], boxes }, { split: 3 }, null];
    const gate = { drop: 1, measured: 0.5, lostBoxes: { allowed: 1, measured: 1 }, falseBoxes: 'many', met: true };
    const metrics = { before: { ...measurement, boxes: { found: 'all' } }, after: { ...measurement, splits } };
    const run = summarizeRecord('/runs/x', record({ result: { ...result, metrics, gate } }))!;
    expect(run.metrics?.before.boxes).toBeUndefined();
    expect(run.metrics?.after).toMatchObject({ boxes, splits: [{ split: 'test', value: 96, samples: 5, boxes }] });
    expect(run.gate).toEqual({ drop: 1, measured: 0.5, lostBoxes: { allowed: 1, measured: 1 }, met: true });
  });

  it('is cut where it is long, and can not point out of its folder', () => {
    const long = 'n'.repeat(1e6);
    const models = [{ path: '/x/../../../etc/passwd', role: 'output', bytes: 1 }];
    const run = summarizeRecord('/runs/x', {
      ...record({ name: long, result: { models } }),
      recipe: { model: long, steps: [{ step: long }] },
    })!;
    expect(run.name.length).toBeLessThan(500);
    expect(run.method.length).toBeLessThan(500);
    expect(run.model).toBeUndefined();
    expect(run.models[0]!.path).toBe(path.join('/runs/x/models/passwd'));
  });
});
