import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { runJob, type JobDeps } from '../../../src/engine/pipeline/jobs.ts';
import type { DeployDocument } from '../../../src/protocol/results/board.ts';

const sample = path.resolve(import.meta.dirname, '../../../samples/shapes');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-deploy-chain-'));
const deps: JobDeps = { context: plainContext({ signal: new AbortController().signal }), onProgress() {}, onRunFolder() {} };

/** A small network in front of the sample's, all of it rounded. */
const recipe = {
  text: `version: 1
models:
  restore: { new: unet, classes: 3, input: [3, 32, 32], width: 0.125, stride: 2 }
  classify: { model: model.onnx, input: { from: restore, color: rgb } }
chain: [restore, classify]
data:
  input: { color: rgb, scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
  calibration: { path: pictures/train, labels: folders, count: 8 }
  test: { path: pictures/test, labels: folders, count: 12 }
steps: [{ quantize: { weights: 8 } }]
deploy: [{ target: cpu, host: board.local, runs: 5, warm-up: 1, seconds: 0.1, threads: [1, 2] }, { target: zcu104 }]
`,
  file: path.join(sample, 'chain-test.compress.yaml'),
  runs: path.join(folder, 'runs'),
};

describe('deploying a chain', () => {
  let document: DeployDocument;
  beforeAll(async () => {
    [document] = (await runJob({ kind: 'deploy', recipe, run: 'new', here: true }, deps)) as [DeployDocument];
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('measures it here as one file, in series and pipelined', () => {
    expect(document.error).toBeUndefined();
    expect(document).toMatchObject({ target: 'cpu', host: 'this machine' });
    const { ways, stages, limit } = document.chain!.measured!;
    expect(ways.map(({ way, threads }) => [way, threads])).toEqual([['whole', 2], ['series', 2], ['series', 1], ['pipelined', 1]]); // prettier-ignore
    for (const { fps, latencyMs } of ways) {
      expect(fps).toBeGreaterThan(0);
      expect(latencyMs.median).toBeGreaterThan(0);
      expect(latencyMs.p90).toBeGreaterThanOrEqual(latencyMs.median);
    }
    expect(stages.map(({ alias }) => alias)).toEqual(['restore', 'classify']);
    expect(stages[limit]!.ms).toBe(Math.max(...stages.map(({ ms }) => ms)));
  });

  it('gives the same outputs bit for bit, however it is run', () => {
    expect(document.chain!.measured!.equal).toEqual({ pictures: 12, elements: 12 * 10, equal: 12 * 10 });
    expect(document.outputsMatch!.elements).toBe(12 * 10);
  });

  it('says how the whole runs: integers go across, and what memory holds', () => {
    const { plan } = document.chain!;
    expect(plan.order).toEqual([[0], [1]]);
    expect(plan.crossings).toMatchObject([{ from: 0, to: 1, type: 'uint8', bytes: 3 * 32 * 32 }]);
    expect(plan.memory.map(({ bytes }) => bytes)).toEqual([
      plan.stages[0]!.weightBytes + plan.stages[1]!.weightBytes,
      expect.any(Number),
      plan.stages[0]!.activationBytes! + plan.stages[1]!.activationBytes!,
    ]);
  });

  it('is kept with the run and stands in its report', () => {
    const kept = path.join(document.run, 'deploy');
    const [file] = fs.readdirSync(kept);
    expect((JSON.parse(fs.readFileSync(path.join(kept, file!), 'utf8')) as DeployDocument).chain).toEqual(document.chain);
    expect(fs.readFileSync(path.join(document.run, 'report.html'), 'utf8')).toContain('pipelined');
  });

  it('refuses to stand in for other hardware', async () => {
    await expect(runJob({ kind: 'deploy', recipe, here: true, entries: [1] }, deps)).rejects.toMatchObject({ code: 'deploy.here' });
  });

  it('plans the whole for a board that is not there', async () => {
    const [planned] = await runJob({ kind: 'deploy', recipe, dryRun: true, entries: [1] }, deps);
    expect(planned!.error).toBeUndefined();
    expect(planned!.chain!.plan).toMatchObject({ target: 'zcu104', files: 'whole', order: [[0], [1]] });
    expect(planned!.chain!.plan.latency.leastMs).toBeGreaterThan(0);
  });
});
