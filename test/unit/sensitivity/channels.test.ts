import { expect, it } from 'vitest';
import { layerChannels } from '../../../src/engine/sensitivity/channels.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { branches } from './networks.ts';
import { brute, context, deps, planOf, sqnrOf, variantsByName, w4a4 } from './support.ts';

const dataset = noiseDataset(4, [3, 8, 8]);
const plan = await planOf(branches(), dataset);

it('one layer channel by channel: errors of the output equal those of the whole model, shares add up, worst first', async () => {
  const found = await layerChannels(plan, { layer: 'long', widths: w4a4, dataset }, deps);
  const variant = (await variantsByName(plan, w4a4)).get('long')!;
  const float = (await brute(plan, dataset, [], ['c3']))['c3']!;
  const other = (await brute(plan, dataset, [variant], ['c3']))['c3']!;
  expect(found.sqnrDb).toBeCloseTo(sqnrOf(float, other), 3);
  expect(found).toMatchObject({ layer: 'long', op: 'Conv', weights: 4, activations: 4, samples: 4, warnings: [] });
  expect(found.channels).toHaveLength(4);
  expect(found.channels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
  expect(found.channels.map(({ share }) => share)).toEqual(found.channels.map(({ share }) => share).sort((a, b) => b - a));
  for (const { channel, sqnrDb, low, high, weights } of found.channels) {
    const part = (pictures: readonly Float32Array[]) => pictures.map((all) => all.subarray(channel * 64, (channel + 1) * 64));
    expect(sqnrDb).toBeCloseTo(sqnrOf(part(float), part(other)), 3);
    const values = part(float).flatMap((one) => [...one]);
    expect(low).toBeCloseTo(Math.min(...values), 5);
    expect(high).toBeCloseTo(Math.max(...values), 5);
    const own = plan.model.graph.initializers.get('w3')!.toFloat32().subarray(channel * 36, (channel + 1) * 36); // prettier-ignore
    expect([weights!.low, weights!.high]).toEqual([Math.min(...own), Math.max(...own)]);
    // Scales that clip a little, at 7 steps to either side.
    expect(weights!.scale).toBeLessThanOrEqual((Math.max(...own.map(Math.abs)) / 7) * 1.001);
  }
  const { input, histograms } = found;
  const seen = plan.statistics.get('r2')!;
  expect(input).toMatchObject({ value: 'r2', low: seen.low, high: seen.high, bits: 4, from: 0 });
  for (const [kind, elements] of [
    ['weights', 144],
    ['input', 4 * 256],
    ['output', 4 * 256],
  ] as const)
    // prettier-ignore
    for (const { counts } of histograms[kind]) expect(counts.reduce((a, b) => a + b, 0), kind).toBe(elements);
  expect(histograms.output.map(({ label }) => label)).toEqual(['float', 'quantized']);
});

it('a layer that stays as it is has no noise', async () => {
  const found = await layerChannels(
    plan,
    { layer: 'last', widths: { weights: 'float', activations: 16 }, dataset: noiseDataset(1, [3, 8, 8]) },
    deps,
  );
  expect(found.sqnrDb).toBeGreaterThan(80);
  expect(found.channels).toHaveLength(5);
  await expect(layerChannels(plan, { layer: 'none', widths: w4a4, dataset }, { ...deps, context })).rejects.toThrow('no layer "none"');
});
