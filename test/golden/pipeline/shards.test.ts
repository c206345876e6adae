import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJob, type JobDeps } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { EvaluateJob } from '../../../src/protocol/job.ts';
import type { EvaluateDocument } from '../../../src/protocol/results/evaluate.ts';
import type { FileDocument } from '../../../src/protocol/results/file.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { smallJob, type SmallJob } from '../../support/small-job.ts';

const deps: JobDeps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };

let root = '';
let job: SmallJob;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'lathe-shards-'));
  job = await smallJob(path.join(root, 'job'), 100, { calibrate: 'entropy' });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const recipeInto = (name: string) => ({ ...job.recipe, output: { ...job.recipe.output, folder: path.join(root, name) } });

describe('a sharded quantization', () => {
  const runShard = async (index: number, of: number): Promise<string> =>
    ((await runJob({ kind: 'run', recipe: { resolved: recipeInto('parts') }, shard: { index, of } }, deps)) as FileDocument).output.path;

  it('ends with the bytes of the whole one', async () => {
    const whole = (await runJob({ kind: 'run', recipe: { resolved: recipeInto('whole') } }, deps)) as RunDocument;
    const parts = [await runShard(2, 3), await runShard(0, 3), await runShard(1, 3)];
    const output = path.join(root, 'merged.onnx');
    const merged = (await runJob({ kind: 'merge', parts, output }, deps)) as FileDocument;
    expect(merged.output.path).toBe(output);
    const model = whole.models.find(({ role }) => role === 'output')?.path ?? '';
    expect((await readFile(output)).equals(await readFile(model))).toBe(true);
  });

  it('refuses missing, doubled and foreign parts', async () => {
    const parts = [await runShard(0, 2), await runShard(1, 2)];
    await expect(runJob({ kind: 'merge', parts: parts.slice(1) }, deps)).rejects.toMatchObject({ code: 'statistics.parts' });
    await expect(runJob({ kind: 'merge', parts: [...parts, ...parts] }, deps)).rejects.toMatchObject({ code: 'statistics.parts' });
    const foreign = job.recipe.model;
    await expect(runJob({ kind: 'merge', parts: [foreign] }, deps)).rejects.toMatchObject({
      code: 'shard.parts',
      place: { file: foreign },
    });
  });
});

describe('a sharded evaluation', () => {
  it('gives the figures of the whole one', async () => {
    const { test, input } = job.recipe.data;
    if (!test) throw new Error('the job has no test data');
    const whole: EvaluateJob = {
      kind: 'evaluate',
      model: job.recipe.model,
      task: 'classification',
      data: { source: test, folder: job.folder, input },
      seed: 0,
    };
    const parts: string[] = [];
    for (const index of [1, 0]) {
      const output = path.join(root, `part-${index}.json`);
      const part = (await runJob({ ...whole, shard: { index, of: 2 }, output }, deps)) as FileDocument;
      parts.push(part.output.path);
    }
    const { output, ...merged } = (await runJob({ kind: 'merge', parts }, deps)) as EvaluateDocument & FileDocument;
    expect(merged).toEqual(await runJob(whole, deps));
    expect(path.basename(output.path)).toBe('part-1.merged.json');
    expect(merged.samples).toBe(100);
  });
});
