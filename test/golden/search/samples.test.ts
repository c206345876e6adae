import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { readModel, writeModel } from '../../../src/engine/onnx/file.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { runJob } from '../../../src/engine/pipeline/jobs.ts';
import { prepareObject } from '../../../src/engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { simplify } from '../../../src/engine/simplify/index.ts';
import type { RunDocument, SearchDocument } from '../../../src/protocol/results/run.ts';

const sample = path.resolve(import.meta.dirname, '../../../samples/shapes');
const pictures = path.join(sample, 'pictures');
const input = { color: 'rgb', scale: '1/255', mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
const deps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lathe-search-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function compressed(model: string, settings: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<RunDocument> {
  const data = {
    input,
    calibration: { path: path.join(pictures, 'train'), labels: 'folders', count: 60 },
    validation: { fraction: 0.5 },
    test: { path: path.join(pictures, 'test'), labels: 'folders', count: 100 },
  };
  const { resolved, issues } = await prepareObject(
    { version: 1, model, data, steps: [{ auto: settings }], ...more },
    { folder, runs: path.join(folder, 'runs'), for: 'run' },
  );
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  return (await runJob({ kind: 'run', recipe: { resolved: resolved as ResolvedRecipe } }, deps)) as RunDocument;
}

/** The sample with every second channel behind its first layers thousands of times larger, and smaller again where it is read. */
async function unevenSample(): Promise<string> {
  const model = await readModel(path.join(sample, 'model.onnx'));
  await simplify(model, { runtime: await createOrtRuntime(), context: plainContext() });
  const { graph } = model;
  const convs = graph.nodes.filter(({ op }) => op === 'Conv');
  const scaled = (name: string, factor: (index: readonly number[]) => number): void => {
    const tensor = graph.constant(name)!;
    const [, inner = 1] = tensor.dims;
    const rest = tensor.dims.slice(2).reduce((a, b) => a * b, 1);
    const values = tensor.toFloat32().map((value, i) => value * factor([Math.floor(i / (inner * rest)), Math.floor(i / rest) % inner]));
    graph.initializers.set(name, Tensor.float32(tensor.dims, values));
  };
  const large = 3000;
  for (const [i, conv] of convs.entries()) {
    const next = convs[i + 1];
    if (!next) break;
    scaled(conv.inputs[1]!, ([out]) => (out! % 2 ? large : 1));
    scaled(conv.inputs[2]!, ([out]) => (out! % 2 ? large : 1));
    scaled(next.inputs[1]!, ([, read]) => (read! % 2 ? 1 / large : 1));
  }
  const file = path.join(folder, 'uneven.onnx');
  await writeModel(model, file);
  return file;
}

describe('auto', () => {
  it('the sample needs no more than 8 bits, and the choice is made without the test pictures', async () => {
    const { run, steps, metrics, models } = await compressed(path.join(sample, 'model.onnx'), { drop: 1 });
    expect(steps[0]!.trials!.map(({ title, kept }) => [title, kept])).toEqual([['8 bits', true]]);
    expect(steps[0]!.trials![0]!.loss).toBeLessThanOrEqual(1);
    expect(metrics!.before.value - metrics!.after.value).toBeLessThanOrEqual(2);
    expect(models.at(-1)!.weightBits).toBeLessThan(9);
    const record = JSON.parse(await readFile(path.join(run, 'run.json'), 'utf8')) as { data: { use: string; samples: number }[] };
    expect(record.data.map(({ use, samples }) => [use, samples])).toEqual([['calibration', 60], ['validation', 60], ['test', 100]]); // prettier-ignore
  });

  it('channels of very different size are brought together by equalization', async () => {
    const { steps, metrics } = await compressed(await unevenSample(), { drop: 1 });
    const trials = steps[0]!.trials!;
    expect(trials[0]!.loss).toBeGreaterThan(5);
    expect(trials.at(-1)!.loss).toBeLessThanOrEqual(1);
    expect(trials.some(({ rung, kept }) => rung === 'equalize' && kept)).toBe(true);
    expect(trials.every(({ rung }) => !rung.endsWith('layers'))).toBe(true);
    expect(metrics!.before.value - metrics!.after.value).toBeLessThanOrEqual(2);
    expect(steps[0]!.notes![0]).toMatch(
      /^(cross-layer equalization|ranges migrated into weights): lost .* of top1 on 60 validation pictures/,
    );
  });

  it('goes on where it was stopped, with the same result', async () => {
    const { resolved } = await prepareObject(
      {
        version: 1,
        model: await unevenSample(),
        data: { input, calibration: { path: path.join(pictures, 'train'), count: 40 } },
        steps: [{ auto: { drop: 0 } }],
      },
      { folder, runs: path.join(folder, 'stopped'), for: 'run' },
    );
    const whole = (await runJob({ kind: 'run', recipe: { resolved: resolved! } }, deps)) as RunDocument;
    const stop = new AbortController();
    let begun = '';
    const onProgress = ({ phase }: { phase: string }): void => {
      // The second way of the ladder has begun: the first one is kept.
      if (phase.startsWith('ranges')) stop.abort();
    };
    const context = plainContext({ signal: stop.signal });
    const stopped = runJob({ kind: 'run', recipe: { resolved: resolved! } }, { context, onProgress, onRunFolder: (run) => (begun = run) });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    const resumed = (await runJob({ kind: 'run', recipe: { run: begun } }, deps)) as RunDocument;
    const plain = ({ steps }: RunDocument) => steps[0]!.trials!.map(({ seconds: _, ...trial }) => trial);
    expect(resumed.resumed).toBe(true);
    expect(plain(resumed)).toEqual(plain(whole));
    expect(await readFile(resumed.models.at(-1)!.path)).toEqual(await readFile(whole.models.at(-1)!.path));
  });

  it('keeps to what a target takes, and to layers that are left out', async () => {
    const { notQuantized, steps } = await compressed(
      path.join(sample, 'model.onnx'),
      { drop: 2 },
      { target: 'zcu104', layers: { '/block1/*': { auto: false } } },
    );
    expect(notQuantized.map(({ name }) => name)).toContain('/block1/conv/Conv');
    expect(steps[0]!.trials!.length).toBeGreaterThan(0);
  });

  it('without pictures only weights are rounded, and it says so', async () => {
    const { resolved } = await prepareObject(
      { version: 1, model: path.join(sample, 'model.onnx'), steps: [{ auto: {} }] },
      { folder, runs: path.join(folder, 'runs'), for: 'run' },
    );
    const { steps, models } = (await runJob({ kind: 'run', recipe: { resolved: resolved! } }, deps)) as RunDocument;
    expect(steps[0]!.notes![0]).toMatch(/^Without pictures no loss can be measured/);
    expect(models.at(-1)!.bytes).toBeLessThan(0.4 * models[0]!.bytes);
  });

  it('a board that computes integers only gets ranges from batch normalization then', async () => {
    const { resolved } = await prepareObject(
      { version: 1, model: path.join(sample, 'model.onnx'), target: 'zcu104', data: { input }, steps: [{ auto: {} }] },
      { folder, runs: path.join(folder, 'runs'), for: 'run' },
    );
    const { steps, models } = (await runJob({ kind: 'run', recipe: { resolved: resolved! } }, deps)) as RunDocument;
    expect(steps[0]!.notes![0]).toContain('ranges were taken from batch normalization');
    expect(models.at(-1)!.activationBits).toBe(8);
  });
});

describe('search', () => {
  const recipe = `# small again
version: 1
model: ${path.join(sample, 'model.onnx')}
data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  calibration: { path: ${path.join(pictures, 'train')}, labels: folders, count: 60 } # sixty
  validation: { fraction: 0.5 }
  test: { path: ${path.join(pictures, 'test')}, labels: folders, count: 50 }
steps:
  - quantize: { weights: 4 }
`;
  const job = (more: object) =>
    ({
      kind: 'search',
      recipe: { text: recipe, file: path.join(folder, 'small.compress.yaml'), runs: path.join(folder, 'runs') },
      budget: { kind: 'bytes', value: 45, percent: true },
      method: 'knapsack',
      ...more,
    }) as const;

  it('keeps its budget, and the recipe it writes gives the same model', async () => {
    const output = path.join(folder, 'found', 'mixed.compress.yaml');
    const { search, models, recipe: written } = (await runJob(job({ output }), deps)) as SearchDocument;
    expect(written).toBe(output);
    expect(search.found.percent).toBeLessThanOrEqual(45);
    expect(search.found.bytes).toBe(
      search.layers.reduce((sum, { weights }, i) => sum + Math.ceil((elements[i]! * Number(weights)) / 8), 0),
    );
    expect(search.samples).toBe(60);
    for (let i = 1; i < search.front.length; i++) expect(search.front[i]!.predicted).toBeLessThan(search.front[i - 1]!.predicted);
    const text = await readFile(output, 'utf8');
    expect(text).toContain('# small again');
    expect(text).toContain('# sixty');
    const again = (await runJob({ kind: 'run', recipe: { text, file: output, runs: path.join(folder, 'again') } }, deps)) as RunDocument;
    const [found, rerun] = [models, again.models].map((list) => list.at(-1)!);
    expect(rerun!.packedBytes).toBe(found!.packedBytes);
    expect(encodeModel(await readModel(rerun!.path)).byteLength).toBe(encodeModel(await readModel(found!.path)).byteLength);
    expect(again.metrics!.after.value).toBe((await readMetrics(found!.path)).after.value);
  });

  it('layers that the recipe fixes stay as they are', async () => {
    const text = `${recipe}layers:\n  /classifier/Gemm: { weights: 8 }\n`;
    const { search } = (await runJob(
      job({ recipe: { ...job({}).recipe, text }, method: 'greedy', widths: [2, 4, 8] }),
      deps,
    )) as SearchDocument;
    expect(search.layers.find(({ name }) => name === '/classifier/Gemm')).toMatchObject({ weights: 8, fixed: true });
    expect(search.found.percent).toBeLessThanOrEqual(45);
  });

  it('an allowed loss is kept with fewer bytes than 8 bits take', async () => {
    const { search } = (await runJob(job({ budget: { kind: 'drop', value: 3 }, widths: [2, 3, 4, 8] }), deps)) as SearchDocument;
    expect(search.found.loss).toBeLessThanOrEqual(3);
    expect(search.found.bytes).toBeLessThan(search.budget.uniform8);
  });

  it('a latency budget is kept as measured', async () => {
    const { search } = (await runJob(
      job({ budget: { kind: 'latency', value: 200, percent: true }, widths: [8, 'float'] }),
      deps,
    )) as SearchDocument;
    expect(search.budget.unit).toBe('ms');
    expect(search.found.cost).toBeLessThanOrEqual(search.budget.limit);
    expect(search.notes[0]).toMatch(/^Latency was measured here with 1 thread: [0-9.]+ ms/);
  });

  it('says what is too little, and what a board refuses', async () => {
    await expect(runJob(job({ budget: { kind: 'bytes', value: 10, percent: true } }), deps)).rejects.toThrow(
      /no mix of these widths keeps/,
    );
    const board = { ...job({}).recipe, text: recipe.replace('weights: 4', 'weights: 8').replace('data:', 'target: zcu104\ndata:') };
    await expect(runJob(job({ recipe: board, widths: [4, 8] }), deps)).rejects.toThrow(/zcu104 takes no weights of 4 bits/);
    await expect(runJob(job({ recipe: board, budget: { kind: 'latency', value: 2 } }), deps)).rejects.toThrow(/the target is zcu104/);
    await expect(runJob(job({ method: 'luck' }), deps)).rejects.toThrow(/There are|no search method/);
  });
});

/** Weights of the sample's layers, biases left out. */
const elements = [24 * 27, 48 * 216, 64 * 432, 10 * 1024];

async function readMetrics(model: string): Promise<{ after: { value: number } }> {
  return JSON.parse(await readFile(path.join(path.dirname(model), '..', 'metrics.json'), 'utf8')) as { after: { value: number } };
}
