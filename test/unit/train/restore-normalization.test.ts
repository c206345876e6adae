import { expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { simplify } from '../../../src/engine/simplify/index.ts';
import { restoreNormalization } from '../../../src/engine/train/normalization/restore.ts';
import { rebatch } from '../../../src/engine/train/rebatch.ts';
import { learnableBatches } from '../../support/learnable-batches.ts';
import { residualNetwork } from '../../support/trained-networks.ts';
import { runtime } from '../quantize/support.ts';

const deps = { runtime, context: plainContext() };
const batches = learnableBatches({ count: 64, batch: 32 });
const normalizations = ({ graph }: Model): number => graph.nodes.filter(({ op }) => op === 'BatchNormalization').length;

async function answers(model: Model): Promise<Float32Array> {
  const fed = cloneModel(model);
  rebatch(fed, batches.size);
  const session = await runtime.load(encodeModel(fed), { optimize: 'none', threads: 1 });
  for await (const { input } of batches.epoch(0, { signal: deps.context.signal })) {
    const result = await session.run({ [model.graph.requiredInputs[0]!.name]: input });
    await session.dispose();
    return result[model.graph.outputs[0]!.name]!.data as Float32Array;
  }
  throw new RangeError('there are no batches');
}

const distance = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

it('normalization that comes back changes nothing, and neither does folding it again', async () => {
  const model = residualNetwork(4, [8, 12], 'Relu');
  await simplify(model, deps);
  expect(normalizations(model)).toBe(0);
  const before = await answers(model);
  const largest = Math.max(...before.map(Math.abs));
  const convolutions = model.graph.nodes.filter(({ op }) => op === 'Conv').length;
  const normalization = await restoreNormalization(model, { batches, trains: () => true }, deps);
  expect(normalizations(model)).toBe(convolutions);
  expect(distance(await answers(model), before)).toBeLessThan(1e-4 * largest);
  normalization.fold(model);
  expect(normalizations(model)).toBe(0);
  expect(distance(await answers(model), before)).toBeLessThan(1e-4 * largest);
});

it('layers that are not trained stay as they are', async () => {
  const model = residualNetwork(4, [8, 12], 'Relu');
  await simplify(model, deps);
  await restoreNormalization(model, { batches, trains: () => false }, deps);
  expect(normalizations(model)).toBe(0);
});
