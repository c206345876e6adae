import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRecipe } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { smallChain } from '../../support/small-chain.ts';

let folder = '';
let run: RunDocument;

/** A new network that makes a picture of a picture, then the one that classifies it, rounded as part of the whole. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-chain-'));
  const resolved = await smallChain(folder, {
    steps: [{ quantize: { on: 'classify' } }, { quantize: { on: 'restore', method: 'weight-only' } }],
    uses: 'calibrate',
    pictures: 40,
  });
  run = await runRecipe(resolved, { runtime: await createOrtRuntime(), context: plainContext() }, { choice: 'new' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const names = async (file: string): Promise<string[]> =>
  (await readModel(path.join(run.run, 'models', file))).graph.nodes.map(({ name }) => name);

it('is measured as one, from the pictures to the classes', () => {
  expect(run.metrics?.before).toMatchObject({ metric: 'top1' });
  expect(run.metrics?.after).toMatchObject({ metric: 'top1' });
});

it('rounds the model that a step is on, and leaves the other alone', async () => {
  const model = await readModel(path.join(run.run, 'models', 'chain_quantize.onnx'));
  const rounded = new Set(
    model.graph.nodes
      .filter(({ op }) => op === 'DequantizeLinear')
      .flatMap(({ outputs }) => model.graph.users(outputs[0]!).map(({ node }) => node.name)),
  );
  const layers = model.graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm').map(({ name }) => name);
  expect(layers.some((name) => name.startsWith('restore:'))).toBe(true);
  for (const name of layers) expect(rounded.has(name), name).toBe(name.startsWith('classify:'));
});

it('leaves the models by themselves as well, under their own names', async () => {
  const parts = await Promise.all(['restore', 'classify'].map((alias) => names(`${alias}_quantize.onnx`)));
  for (const part of parts) expect(part.filter((name) => /^(restore|classify|seam):/.test(name))).toEqual([]);
  const classify = await readModel(path.join(run.run, 'models', 'classify_quantize.onnx'));
  const [original] = await Promise.all([readModel(path.join(folder, 'small.onnx'))]);
  expect(classify.graph.inputs.map(({ name }) => name)).toEqual(original!.graph.requiredInputs.map(({ name }) => name));
  expect(classify.graph.outputs.map(({ name }) => name)).toEqual(original!.graph.outputs.map(({ name }) => name));
});
