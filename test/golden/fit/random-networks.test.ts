import { beforeAll, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { applyFixes, findFixes } from '../../../src/engine/fit/apply.ts';
import { chosenFixes } from '../../../src/engine/fit/index.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { b4096 } from '../../../src/engine/targets/zcu104/verdict/architecture.ts';
import { oddNetworks } from '../../support/odd-networks.ts';
import { otherNetworks } from '../../support/other-networks.ts';
import { randomNetworks } from '../../support/random-networks.ts';
import { expectSameOutputs, randomInputs } from '../../support/same-outputs.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const { fixes } = chosenFixes(['exact'], ['batch-of-one']);
const { signal } = plainContext();

async function expectFitted(model: Model, seed: number, tolerance: number): Promise<void> {
  const before = encodeModel(model);
  const inputs = await randomInputs(runtime, before, seed, { free: (_, axis) => (axis === 0 ? 1 : 16) });
  applyFixes(model, { board: b4096, fixes, signal });
  await expectSameOutputs(runtime, before, encodeModel(model), inputs, { tolerance });
  // A second time nothing is found.
  expect(findFixes(model, { board: b4096, fixes })).toEqual([]);
}

it.each(Array.from({ length: 24 }, (_, seed) => seed))('eight random networks from seed %i compute the same', async (seed) => {
  const networks = Array.from({ length: 8 }, (_, i) => ({ seed: 8 * seed + i, length: 10 }));
  await expectFitted(randomNetworks(networks).model, seed, 5e-5);
});

it.each(
  [...otherNetworks, ...oddNetworks.filter(({ error, what }) => !error && what !== 'an input of unknown shape')].map(
    ({ what, model }) => [what, model] as const,
  ),
)('%s computes the same', (_, model) => expectFitted(model(), 1, 1e-5));
