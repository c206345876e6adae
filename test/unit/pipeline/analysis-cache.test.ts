import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { AnalysisCache } from '../../../src/engine/pipeline/analysis-cache.ts';
import { runAnalysis } from '../../../src/engine/pipeline/analyze-job.ts';
import type { AnalyzeJob } from '../../../src/protocol/job.ts';
import type { AnalyzeDocument } from '../../../src/protocol/results/analyze.ts';
import { smallJob } from '../../support/small-job.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-analysis-'));
afterAll(() => rm(folder, { recursive: true }));

it('finds what was kept, exactly; what is damaged counts as not there', async () => {
  const cache = new AnalysisCache(path.join(folder, 'plain'));
  expect(await cache.find({ a: 1 })).toBeUndefined();
  await cache.keep({ a: 1 }, { rows: [0.1, Infinity, NaN] });
  expect(await cache.find({ a: 1 })).toEqual({ rows: [0.1, Infinity, NaN] });
  expect(await cache.find({ a: 2 })).toBeUndefined();
  const [file] = await readdir(path.join(folder, 'plain'));
  const place = path.join(folder, 'plain', file!);
  await writeFile(place, (await readFile(place, 'utf8')).replace('0.1', '0.2'));
  expect(await cache.find({ a: 1 })).toBeUndefined();
});

it('an analysis is measured once, and again only where something it depends on differs', async () => {
  const { recipe } = await smallJob(path.join(folder, 'job'), 6);
  const cache = path.join(folder, 'cache');
  const job: AnalyzeJob = {
    kind: 'analyze',
    recipe: { resolved: recipe },
    method: 'isolated',
    metric: 'sqnr',
    widths: [{ weights: 8, activations: 8 }],
    cache,
  };
  const phases: string[] = [];
  const run = async (different: Partial<AnalyzeJob> = {}, from = recipe): Promise<AnalyzeDocument & { phases: string[] }> => {
    phases.length = 0;
    const deps = { context: plainContext(), onProgress: ({ phase }: { phase: string }) => void phases.push(phase) };
    const document = (await runAnalysis({ ...job, ...different }, from, deps)) as AnalyzeDocument;
    return { ...document, phases: [...new Set(phases)] };
  };
  const first = await run();
  expect(first).toMatchObject({ cached: false, samples: 6, phases: ['calibrate', 'analyze'] });
  expect(first.warnings).toEqual([expect.stringContaining('measured on the test pictures')]);
  const { seconds: _, estimate: __, cached: ___, phases: ____, ...figures } = first;
  const again = await run();
  expect(again).toMatchObject({ ...figures, cached: true, phases: [] });
  expect(again.layers).toEqual(first.layers);
  // One width more: only that one is measured.
  const two = await run({ widths: [...job.widths, { weights: 4, activations: 8 }] });
  expect(two.cached).toBe(false);
  expect(two.layers.filter(({ bits }) => bits === 8)).toEqual(first.layers);
  expect((await readdir(cache)).length).toBe(2);
  expect(await run({ metric: 'mse' })).toMatchObject({ cached: false });
  expect(await run({ samples: 3 })).toMatchObject({ cached: false, samples: 3 });
  const [step] = recipe.steps;
  const perTensor = { ...recipe, steps: [{ ...step!, settings: { ...step!.settings, granularity: 'tensor' } }] };
  expect(await run({}, perTensor)).toMatchObject({ cached: false });
  // Widths in the recipe are what the analysis is to find: they change nothing.
  const narrow = { ...recipe, steps: [{ ...step!, settings: { ...step!.settings, weights: 3 }, layers: { '/conv2': { weights: 4 } } }] };
  const withoutLayers = { ...narrow, steps: [{ ...narrow.steps[0]!, layers: {} }] };
  expect(await run({}, withoutLayers)).toMatchObject({ cached: true });
  expect((await run({}, narrow)).layers).toEqual(first.layers);
  const { cache: _____, ...kept } = job;
  expect(await runAnalysis({ ...kept, dryRun: true }, recipe, { context: plainContext(), onProgress() {} })).toMatchObject({
    layers: [],
    estimate: { layers: 3, samples: 6 },
  });
});
