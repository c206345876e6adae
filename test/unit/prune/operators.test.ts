import { beforeAll, describe, expect, it } from 'vitest';
import { followed } from '../../../src/engine/ops/channels/index.ts';
import { removeChannels } from '../../../src/engine/prune/apply.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { channelCases } from '../../support/channel-cases.ts';
import { compareCut, randomRemoval } from '../../support/pruned.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

it('has a case for every operator with a rule', () => {
  const covered = new Set(channelCases.map(({ op }) => op));
  expect(followed.filter((op) => !covered.has(op))).toEqual([]);
});

describe('channels of a layer in front of', () => {
  it.each(channelCases.map((each, index) => [`${each.op} (${index})`, each] as const))('%s', async (_, { model, stays, notRun }) => {
    const built = model();
    const coupling = couplingOf(built);
    const first = coupling.groups.filter(({ makers }) => makers.some(({ label }) => label === 'first'));
    if (stays) {
      expect(first).toEqual([]);
      expect(coupling.kept.map(({ reason }) => reason).join('\n')).toMatch(stays);
    } else expect(first.length).toBeGreaterThan(0);
    if (notRun) removeChannels(built, coupling, randomRemoval(coupling, 0.5, 1));
    else expect((await compareCut(runtime, built, 0.5)).worst).toBeLessThanOrEqual(1e-6);
  });
});
