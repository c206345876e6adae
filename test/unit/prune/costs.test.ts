import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { modelCost } from '../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { removeChannels } from '../../../src/engine/prune/apply.ts';
import { costsAt, wholeWidths } from '../../../src/engine/prune/costs-at.ts';
import { pruningProfile } from '../../../src/engine/prune/costs.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { branchedNetwork, invertedNetwork, residualNetwork, slicedNetwork, transformer } from '../../support/trained-networks.ts';
import { randomRemoval } from '../../support/pruned.ts';
import { importanceCases, referenceNetwork } from '../../golden/prune/reference-network.ts';

const networks: readonly (readonly [string, () => Model])[] = [
  ['residual', () => residualNetwork(1, [8, 12, 16])],
  ['inverted residual with depthwise layers', () => invertedNetwork(2, [8, 12])],
  ['sliced', () => slicedNetwork(3, 8)],
  ['branched', () => branchedNetwork(4)],
  ['transformer', () => transformer(5)],
  ['with batch normalization', () => referenceNetwork(importanceCases.normalized, 1)],
];

describe.each(networks)('costs of a network, %s', (_, make) => {
  it.each([0, 0.25, 0.5, 0.75])('are those of the model that was cut by %d', (ratio) => {
    const model = make();
    const coupling = couplingOf(model);
    const profile = pruningProfile(model, coupling);
    const removal = randomRemoval(coupling, ratio, 7);
    const left = coupling.groups.map(({ name, channels }) => channels - (removal.get(name)?.length ?? 0));
    const cut = removeChannels(model, coupling, removal);
    const { parameters, macs, weightBytes } = modelCost(cut, inferShapes(cut));
    expect(costsAt(profile, left)).toEqual({ parameters, macs, bytes: weightBytes });
  });
});

it('takes a size where the picture has none', () => {
  const model = referenceNetwork(importanceCases.plain, 1);
  const fixed = pruningProfile(model, couplingOf(model));
  const free = referenceNetwork(importanceCases.plain);
  free.graph.inputs = free.graph.inputs.map(({ name }) => ({ name, type: { kind: 'tensor', elementType: 1, shape: ['N', 3, 'h', 'w'] } }));
  const open = pruningProfile(free, couplingOf(free));
  expect(fixed.assumed).toBeUndefined();
  expect(open.assumed).toContain('320');
  const half = wholeWidths(open).map((width) => Math.ceil(width / 2));
  const share = (profile: typeof open): number => costsAt(profile, half).macs / costsAt(profile, wholeWidths(profile)).macs;
  expect(share(open)).toBeCloseTo(share(fixed), 3);
});
