import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runText } from '../../../src/cli/output/run.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { runRecipe } from '../../../src/engine/api.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { smallChain } from '../../support/small-chain.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-joint-compare-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(joint: object): Promise<RunDocument> {
  const resolved = await smallChain(folder, { steps: [{ joint }], uses: 'learn', pictures: 20 });
  return runRecipe(resolved, { runtime: await createOrtRuntime(), context: plainContext() }, { choice: 'new' });
}

const plain = {
  bold: (text: string) => text,
  dim: (text: string) => text,
  good: (text: string) => text,
  bad: (text: string) => text,
  warn: (text: string) => text,
};

it('puts the float chain, each model alone and the joint result into one table', async () => {
  const document = await run({ epochs: 1, qat: { weights: 4 }, compare: true });
  const ways = document.ways ?? [];
  expect(ways.map(({ title }) => title)).toEqual([
    'float chain',
    'restore alone with PTQ',
    'classify alone with PTQ',
    'each alone with PTQ, together',
    'restore alone with QAT',
    'classify alone with QAT',
    'each alone with QAT, together',
    'jointly',
  ]);
  expect(ways[0]!.metrics).toEqual(document.metrics!.before);
  expect(ways.at(-1)!.metrics).toEqual(document.metrics!.after);
  const size = (role: string): number | undefined => document.models.findLast((model) => model.role === role)?.packedBytes;
  expect([ways[0], ways.at(-1)].map((way) => way?.packedBytes)).toEqual([size('input'), size('output')]);
  // A model that is not the one of its row is float there: none of its nodes is rounded.
  const { graph } = await readModel(path.join(document.run, 'models', 'chain_joint_rival1.onnx'));
  const rounded = graph.nodes.filter(({ op }) => op === 'QuantizeLinear').map(({ inputs }) => inputs[0]!);
  expect(rounded.length).toBeGreaterThan(0);
  expect(rounded.filter((value) => value.startsWith('classify:'))).toEqual([]);
  const report = await readFile(document.report, 'utf8');
  expect(report).toContain('Alone and jointly');
  expect(report).toContain('each alone with QAT, together');
  expect(runText(document, plain as never, folder)).toMatch(/compared +float chain: top1/);
});

it('compares trainings of floats as well, and says nothing where nobody asks', async () => {
  const document = await run({ epochs: 1, compare: true });
  expect(document.ways?.map(({ title }) => title)).toEqual([
    'float chain',
    'restore alone with training',
    'classify alone with training',
    'each alone with training, together',
    'jointly',
  ]);
  expect((await run({ epochs: 1 })).ways).toBeUndefined();
});
