import { describe, expect, it } from 'vitest';
import { findCriterion } from '../../../src/engine/prune/criteria/index.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { importanceOf, type ImportanceSettings } from '../../../src/engine/prune/importance/index.ts';
import { importanceCases, referenceNetwork } from './reference-network.ts';

const ofWeights = (key: string): boolean => findCriterion(key.split(' ')[0]!)?.looksAt === 'weights';

describe.each(Object.entries(importanceCases))('importance as Torch-Pruning 1.6.1 has it, network %s', (_, known) => {
  it.each(Object.entries(known.importance).filter(([key]) => ofWeights(key)))('%s', async (key, expected) => {
    const [name, reduce, normalize] = key.split(' ') as [string, ImportanceSettings['reduce'], ImportanceSettings['normalize']];
    const model = referenceNetwork(known);
    const coupling = couplingOf(model);
    const found = await importanceOf(findCriterion(name)!, {}, { model, coupling, seed: 0 }, { reduce, normalize });
    expect([...found.keys()]).toEqual(Object.keys(expected));
    for (const [group, values] of Object.entries(expected)) {
      const scale = Math.max(...values.map(Math.abs));
      found.get(group)!.forEach((value, channel) => expect((value - values[channel]!) / scale, `${group} ${channel}`).toBeCloseTo(0, 5));
    }
  });
});
