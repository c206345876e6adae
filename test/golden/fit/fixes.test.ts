import { beforeAll, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { applyFixes, findFixes } from '../../../src/engine/fit/apply.ts';
import { findFix, fixes } from '../../../src/engine/fit/index.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';
import { b4096 } from '../../../src/engine/targets/zcu104/verdict/architecture.ts';
import { FitWriter, fitCases } from '../../support/fit-cases.ts';
import { expectSameOutputs, randomInputs, type Inputs } from '../../support/same-outputs.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const { signal } = new AbortController();
const seeds = [1, 2, 3, 4];

it.each(fitCases.map((each) => [each.name, each] as const))('%s', async (_, { fix: id, build, without = [] }) => {
  const fix = findFix(id)!;
  for (const seed of seeds) {
    const model = build(new FitWriter(seed));
    const before = encodeModel(model);
    const inputs = await randomInputs(runtime, before, seed);
    expect(findFixes(model, { board: b4096, fixes: [fix] }), `seed ${seed}`).not.toEqual([]);
    const done = applyFixes(model, { board: b4096, fixes: [fix], signal });
    expect(done.every((found) => found.id === id && found.nodes.length > 0)).toBe(true);
    const left = model.graph.nodes.map(({ op }) => op);
    for (const op of without) expect(left, `seed ${seed}`).not.toContain(op);
    expect(new Set(model.graph.nodes.map(({ label }) => label)).size).toBe(left.length);
    // Nothing is left to do, for this fix.
    expect(findFixes(model, { board: b4096, fixes: [fix] })).toEqual([]);
    const after = encodeModel(model);
    if (fix.effect === 'exact') await expectSameOutputs(runtime, before, after, inputs, { tolerance: 1e-5 });
    else await expectWithin(before, after, inputs, done[0]!.bound);
  }
});

/** Not off by more than the fix says. */
async function expectWithin(
  before: Uint8Array,
  after: Uint8Array,
  inputs: Inputs,
  bound: { value: number; times?: string } | undefined,
): Promise<void> {
  const [a, b] = [await run(before, inputs), await run(after, inputs)];
  const [one, other] = [a.data as Float32Array, b.data as Float32Array];
  expect(b.dims).toEqual(a.dims);
  const worst = Math.max(...Array.from(one, (value, i) => Math.abs(value - other[i]!)));
  // The slope times the largest negative input is at most the largest negative result over the smaller slope; the models' values stay below 6.
  if (bound) expect(worst).toBeLessThanOrEqual(bound.value * (bound.times ? 6 : 1) * 1.0001);
}

async function run(model: Uint8Array, inputs: Inputs): Promise<RuntimeTensor> {
  const session = await runtime.load(model, { optimize: 'none', threads: 1 });
  const found = await session.run(inputs);
  await session.dispose();
  return Object.values(found)[0]!;
}

it('tries every fix that is applied', () => {
  const tried = new Set(fitCases.map(({ fix }) => fix));
  const applied: Model[] = [];
  expect(applied).toEqual([]);
  expect(fixes.filter(({ effect, id }) => effect !== 'advice' && !tried.has(id)).map(({ id }) => id)).toEqual([]);
});
