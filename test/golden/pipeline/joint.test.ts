import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRecipe } from '../../../src/engine/api.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Node } from '../../../src/engine/onnx/graph.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { smallChain } from '../../support/small-chain.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-joint-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs steps on a network that makes a picture of a picture and one that classifies it. */
async function run(steps: readonly object[]): Promise<RunDocument> {
  const resolved = await smallChain(folder, { steps, uses: 'learn', pictures: 40 });
  return runRecipe(resolved, { runtime: await createOrtRuntime(), context: plainContext() }, { choice: 'new' });
}

it('rounds and trains a chain without labels', async () => {
  const { models, metrics } = await run([{ joint: { epochs: 2, qat: { weights: 4 } } }]);
  expect(models.at(-1)).toMatchObject({ role: 'output', activationBits: 8 });
  expect(metrics?.after).toMatchObject({ metric: 'top1' });
});

const nodesOf = async (document: RunDocument, file: string): Promise<readonly Node[]> =>
  (await readModel(path.join(document.run, 'models', file))).graph.nodes;

it('is the step qat where one model is tuned', async () => {
  const training = { epochs: 2, 'learning-rate': 1e-3 };
  const alone = await run([{ qat: { on: 'classify', weights: 4, ...training } }]);
  const joint = await run([{ joint: { tune: ['classify'], ...training, qat: { weights: 4 } } }]);
  const [a, b] = await Promise.all([weightsOf(alone, 'chain_qat.onnx'), weightsOf(joint, 'chain_joint.onnx')]);
  expect(b).toEqual(a);
});

it('leaves a model as an earlier step rounded it, and trains the other through it', async () => {
  const document = await run([
    { quantize: { on: 'classify', weights: 2, round: 'nearest' } },
    { joint: { tune: ['restore'], epochs: 4, 'learning-rate': 3e-3 } },
  ]);
  const [before, after] = await Promise.all([weightsOf(document, 'chain_quantize.onnx'), weightsOf(document, 'chain_joint.onnx')]);
  const changed = Object.keys(after).filter((name) => name in before && after[name] !== before[name]);
  expect(changed.length).toBeGreaterThan(3);
  expect(changed.filter((name) => !name.startsWith('restore:'))).toEqual([]);
});

it.each<[string, object, (scale: number) => boolean]>([
  ['inq', { method: 'inq', weights: 4, granularity: 'tensor' }, () => true],
  ['pact', { method: 'pact', weights: 4, activations: 4 }, () => true],
  ['fix positions', { scales: 'power-of-two', granularity: 'tensor', symmetric: true }, (scale) => Number.isInteger(Math.log2(scale))],
])('rounds both by %s', async (_, qat, fits) => {
  const document = await run([{ joint: { epochs: 1, 'max-steps': 3, qat } }]);
  const { graph } = await readModel(path.join(document.run, 'models', 'chain_joint.onnx'));
  const rounded = graph.nodes.filter(({ op }) => op === 'DequantizeLinear');
  for (const alias of ['restore:', 'classify:']) expect(rounded.some(({ inputs }) => inputs[0]!.startsWith(alias))).toBe(true);
  const scales = rounded.flatMap(({ inputs }) => [...graph.initializers.get(inputs[1]!)!.toFloat32()]);
  expect(scales.filter((scale) => !fits(scale))).toEqual([]);
});

it('cuts both by parts of their own and trains by the joint loss after each round', async () => {
  const prune = { channels: { restore: 0.25, classify: 0.5 }, steps: 2, finetune: { epochs: 1 } };
  const document = await run([{ joint: { epochs: 1, prune, qat: {} } }]);
  const nodes = await nodesOf(document, 'chain_joint.onnx');
  expect(nodes.some(({ op }) => op === 'QuantizeLinear')).toBe(true);
});

it.each([
  ['one model an epoch', { order: 'alternating', epochs: 3, 'max-steps': 4 }, 'restore'],
  ['at rates of their own', { rates: { restore: 0 }, epochs: 4 }, 'classify'],
  ['with the seam as the only loss', { losses: { 'restore.output': 0.5 }, epochs: 4 }, 'restore'],
])('trains floats %s', async (_, settings, only) => {
  const document = await run([
    { prune: { channels: 0.5, criterion: 'random', compensate: false } },
    { joint: { 'learning-rate': 3e-3, ...settings } },
  ]);
  const [before, after] = await Promise.all([weightsOf(document, 'chain_prune.onnx'), weightsOf(document, 'chain_joint.onnx')]);
  const changed = Object.keys(after).filter((name) => name in before && after[name] !== before[name]);
  expect(new Set(changed.map((name) => name.split(':')[0]))).toEqual(new Set([only]));
});

/** Bytes of all constants by name. */
async function weightsOf(document: RunDocument, file: string): Promise<Record<string, string>> {
  const { graph } = await readModel(path.join(document.run, 'models', file));
  return Object.fromEntries([...graph.initializers].map(([name, tensor]) => [name, tensor.toFloat32().join()]));
}
