import { describe, expect, it } from 'vitest';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { channelElements } from '../../../src/engine/prune/regularize/channel-elements.ts';
import { growingPenalty } from '../../../src/engine/prune/regularize/growing.ts';
import { flatten, parametersOf } from '../../../src/engine/train/parameters.ts';
import { importanceCases, referenceNetwork } from '../../golden/prune/reference-network.ts';

const model = referenceNetwork(importanceCases.normalized, 1);
const parameters = parametersOf(model);
const [group] = couplingOf(model).groups;
const elements = channelElements(model.graph, group!, parameters);
const pace = { stepsPerEpoch: 10, epochs: 2 };

describe('weights of channels that are regularized', () => {
  it('are those that make a channel and go along with it, once each', () => {
    const all = elements.flatMap((places) => [...places]);
    expect(new Set(all).size).toBe(all.length);
    const names = new Set(all.map((place) => parameters.find(({ offset, size }) => place >= offset && place < offset + size)!.name));
    expect([...names].sort()).toEqual(['a.bias', 'a.weight', 'b.bias', 'b.weight', 'na.bias', 'na.weight', 'nb.bias', 'nb.weight']);
  });

  it('are a thousandth under the growing penalty in the end, most of it late, and nothing else moves', () => {
    const flat = flatten(model.graph, parameters);
    const before = flat.slice();
    const gone = elements.slice(0, 2);
    const penalty = growingPenalty(gone);
    const rest: number[] = [];
    for (let step = 0; step <= 20; step++) {
      penalty.apply(flat, { ...pace, step });
      rest.push(flat[gone[0]![0]!]! / before[gone[0]![0]!]!);
    }
    expect(rest[0]).toBe(1);
    expect(rest[10]).toBeGreaterThan(0.1);
    expect(rest[20]).toBeCloseTo(1e-3, 4);
    const held = new Set(gone.flatMap((places) => [...places]));
    flat.forEach((value, i) => held.has(i) || expect(value).toBe(before[i]));
  });
});
