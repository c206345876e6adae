import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readFigures } from '../../../../language-server/facts/readers/figures.ts';
import { readLastRun } from '../../../../language-server/facts/readers/last-run.ts';
import { prepareRecipe } from '../../../../src/engine/recipe/prepare.ts';

let root: string;
let folder: string;
let count = 0;
const at = (...parts: string[]): string => path.join(folder, ...parts);

beforeAll(async () => void (root = await mkdtemp(path.join(os.tmpdir(), 'lathe-measured-'))));
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = path.join(root, String(count++));
  await mkdir(at('lathe-runs'), { recursive: true });
});

const [own, other] = ['a'.repeat(64), 'b'.repeat(64)];

async function addRun(name: string, record: object, overlay?: object): Promise<string> {
  const run = at('lathe-runs', name);
  await mkdir(run, { recursive: true });
  await writeFile(path.join(run, 'run.json'), JSON.stringify(record));
  if (overlay) await writeFile(path.join(run, 'overlay.json'), JSON.stringify(overlay));
  return run;
}

const record = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'net',
  state: 'finished',
  started: '2026-01-01T00:00:00Z',
  ended: '2026-01-01T00:01:00Z',
  recipe: { file: at('a.compress.yaml'), model: at('net.onnx'), steps: [{ step: 'quantize', settings: { weights: 4 }, layers: {} }] },
  result: {
    models: [
      { path: at('net.onnx'), role: 'input', bytes: 1_090_000, parameters: 10, macs: null },
      { path: 'models/net_quantize.onnx', role: 'output', bytes: 311_000, parameters: 10, macs: 7, weightBits: 4, activationBits: 8 },
    ],
    metrics: {
      before: { metric: 'top1', unit: '%', better: 'high', value: 91.5, samples: 3, confidence: [90, 92] },
      after: { metric: 'top1', unit: '%', better: 'high', value: 91.3, samples: 3, confidence: [90, 92] },
    },
  },
  ...more,
});

const overlay = (values: object, model = own): object => ({
  version: 1,
  models: [model],
  overlays: [
    { id: 'sqnr', label: 'Quantization error (SQNR)', unit: 'dB', better: 'high', values, scale: { thresholds: [10] } },
    { id: 'weight-bits', label: 'Bits of the weights', unit: 'bits', better: 'low', values: { conv: 4 }, scale: { thresholds: [4] } },
  ],
});

describe('figures of a model', () => {
  const figures = async (more: { sha256?: string; analyses?: string } = {}): Promise<readonly unknown[]> =>
    (await readFigures({ kind: 'figures', file: at('net.onnx'), runs: [at('lathe-runs')], ...more })).value;

  test('are those of runs that began with it, by layer, from best to worst on one scale', async () => {
    const run = await addRun('one', record(), overlay({ a: 12, b: 30, c: null, d: 30 }));
    await addRun('broken', record(), {});
    await addRun('other', record({ recipe: { model: at('other.onnx') } }), overlay({ a: 1 }));
    await addRun('unfinished', record({ state: 'failed' }), overlay({ a: 1 }));
    expect(await figures({ sha256: own })).toEqual([
      {
        title: 'Quantization error (SQNR)',
        unit: 'dB',
        better: 'high',
        layers: [
          { name: 'a', value: 12, rank: 1 },
          { name: 'b', value: 30, rank: 0.5 },
          { name: 'c', value: null, rank: 0 },
          { name: 'd', value: 30, rank: 0.5 },
        ],
        measured: '2026-01-01T00:01:00Z',
        weights: 4,
        activations: 8,
        run,
      },
    ]);
  });

  test('of another version of the model are stale; before its hash is known nobody says so', async () => {
    await addRun('one', record(), overlay({ a: 12 }, other));
    expect(await figures({ sha256: own })).toMatchObject([{ stale: 'the model has changed since' }]);
    expect((await figures())[0]).not.toHaveProperty('stale');
  });

  test('are those of analyses in the editor, one for each pair of widths, newest first', async () => {
    await addRun('one', record(), overlay({ a: 12 }));
    await mkdir(at('analyses'));
    const layer = (name: string, weights: number, value: number | null) => ({ name, op: 'Conv', weights, activations: 8, value, ...(value === null ? { equal: true } : {}) }); // prettier-ignore
    const document = {
      model: at('net.onnx'),
      method: 'isolated',
      metric: 'sqnr',
      measure: 'sqnr',
      unit: 'dB',
      better: 'high',
      samples: 64,
    };
    const stored = { version: 1, measured: '2026-02-01T00:00:00Z', model: own };
    const layers = [layer('a', 4, 20), layer('b', 4, null), layer('a', 8, 40), { name: 7 }];
    await writeFile(at('analyses', 'x.json'), JSON.stringify([{ ...stored, document: { ...document, layers } }, { version: 2 }, null]));
    await writeFile(at('analyses', 'cut.json'), `[{"version":1,"document":{"model":${JSON.stringify(at('net.onnx'))}`);
    await writeFile(at('analyses', 'y.json'), JSON.stringify([{ ...stored, document: { ...document, model: at('other.onnx'), layers } }]));
    expect(await figures({ sha256: own, analyses: at('analyses') })).toMatchObject([
      { title: 'SQNR, weights 4, activations 8, 64 pictures', weights: 4, layers: [{ name: 'a', rank: 1 }, { name: 'b', rank: 0, value: null }] },
      { title: 'SQNR, weights 8, activations 8, 64 pictures', weights: 8, layers: [{ name: 'a', value: 40 }] },
      { title: 'Quantization error (SQNR)' },
    ]); // prettier-ignore
    expect(await figures({ sha256: other, analyses: at('nowhere') })).toMatchObject([{ title: 'Quantization error (SQNR)', stale: expect.any(String) as string }]); // prettier-ignore
  });
});

describe('the last run of a recipe', () => {
  const recipe = 'version: 1\nmodels: { net: { new: resnet20 } }\nsteps:\n  - quantize: { method: weight-only, weights: 4 }\n';
  const lastRun = async (): Promise<unknown> =>
    (await readLastRun({ kind: 'last-run', file: at('a.compress.yaml'), runs: at('lathe-runs') })).value;

  /** What a run of this recipe writes down of it. */
  async function resolved(text: string): Promise<object> {
    const file = at('a.compress.yaml');
    const { resolved, problems } = await prepareRecipe({ text, file }, { runs: at('lathe-runs'), for: 'run' });
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    return { ...JSON.parse(JSON.stringify(resolved)), file } as object;
  }

  test('is its newest finished one, in a few words', async () => {
    await writeFile(at('a.compress.yaml'), recipe);
    const run = await addRun('one', record({ recipe: await resolved(recipe) }));
    await addRun('older', record({ recipe: await resolved(recipe), started: '2025-01-01T00:00:00Z' }));
    await addRun('newer', record({ recipe: await resolved(recipe), started: '2027-01-01T00:00:00Z', state: 'failed' }));
    expect(await lastRun()).toEqual({
      runs: at('lathe-runs'),
      run: { folder: run, finished: '2026-01-01T00:01:00Z', summary: 'Top-1 91.5 → 91.3 %, 1.09 MB → 311 kB' },
    });
  });

  test('is stale once the recipe says something else, not when only its words change', async () => {
    await addRun('one', record({ recipe: await resolved(recipe) }));
    await writeFile(at('a.compress.yaml'), `# my recipe\n${recipe}`);
    expect(await lastRun()).not.toHaveProperty('run.stale');
    for (const text of [recipe.replace('weights: 4', 'weights: 8'), recipe.replace('weights: 4', 'weigths: 4')]) {
      await writeFile(at('a.compress.yaml'), text);
      expect(await lastRun()).toMatchObject({ run: { stale: 'the recipe has changed since' } });
    }
  });

  test('is looked for where the recipe puts its runs', async () => {
    await writeFile(at('a.compress.yaml'), `${recipe}output: { folder: results }\n`);
    await mkdir(at('results'));
    expect(await lastRun()).toEqual({ runs: at('results') });
  });
});
