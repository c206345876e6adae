import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { analyze } from '../../../src/engine/sensitivity/analyze.ts';
import { analysisOf, analysisSoFar } from '../../../src/engine/sensitivity/part.ts';
import type { Analysis } from '../../../src/engine/sensitivity/types.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { runtime } from '../quantize/support.ts';
import { branches } from './networks.ts';
import { planOf, w4a4, w8a8 } from './support.ts';

const dataset = noiseDataset(3, [3, 8, 8]);
const plan = await planOf(branches(), dataset);

describe.each(['isolated', 'tap', 'leave-one-out'])('an analysis by %s on its way', (method) => {
  it('tells what it knows, more and more, and at the end what the whole says', async () => {
    // Each run takes two seconds: something is told after every one.
    let now = 0;
    const clock = { now: () => 0, monotonic: () => now };
    const progress = { report: () => void (now += 2000) };
    const told: Analysis[] = [];
    const request = { method, metric: 'sqnr', widths: [w8a8, w4a4], task: 'none' as const, dataset };
    const part = await analyze(
      plan,
      { ...request, soFar: (known) => told.push(analysisSoFar(known)) },
      { runtime, context: plainContext({ clock, progress }) },
    );
    const whole = analysisOf(part);
    expect(told.length).toBeGreaterThan(2);
    const counts = told.map(({ layers }) => layers.length);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(told.every(({ baseline }) => baseline.length === 0)).toBe(true);
    // Layers whose every picture was measured have the figure that they have in the end.
    const final = new Map(whole.layers.map(({ name, bits, value }) => [`${name} ${bits}`, value]));
    const last = told.at(-1)!;
    const settled = last.layers.filter(({ name, bits, value }) => value === final.get(`${name} ${bits}`));
    expect(settled.length).toBeGreaterThan(last.layers.length / 2);
    expect(last).toMatchObject({ method, better: whole.better, unit: 'dB', measure: 'sqnr' });
  });
});

it('nothing is told before a second has passed', async () => {
  const told: unknown[] = [];
  const clock = { now: () => 0, monotonic: () => 0 };
  const request = { method: 'isolated', metric: 'sqnr', widths: [w8a8], task: 'none' as const, dataset };
  await analyze(plan, { ...request, soFar: (known) => told.push(known) }, { runtime, context: plainContext({ clock }) });
  expect(told).toEqual([]);
});
