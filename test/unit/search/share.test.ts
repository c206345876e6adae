import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf } from '../../../src/engine/pipeline/joint/budget/in-joint.ts';
import { budgetSummary } from '../../../src/engine/pipeline/budget-summary.ts';
import type { Score } from '../../../src/engine/search/judge.ts';
import { optionsOf } from '../../../src/engine/search/share/problem.ts';
import { modelOf } from '../../../src/engine/search/share/request.ts';
import { narrowedLayer } from '../../../src/engine/search/share/sizes.ts';
import { bytesOf } from '../../../src/engine/search/budget.ts';
import { buildModel } from '../../support/model-builder.ts';
import { randomTensor } from '../../support/odd-networks.ts';

const scored = (noise: number): Score => ({ metric: 'none', unit: '', value: NaN, loss: NaN, confidence: [NaN, NaN], noise, samples: 1 });

const layer = (name: string, elements: number) => ({
  name,
  op: 'Conv',
  elements,
  parameters: elements,
  macs: 10 * elements,
  activations: 8,
  own: [4, 8, 'float'] as const,
  fixed: false,
});

const model = buildModel({
  inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
  outputs: ['out'],
  nodes: [['Conv', ['x', 'w'], ['out'], {}, { name: 'a:conv' }]],
  initializers: { w: randomTensor('w', [4, 3, 1, 1]) },
});
const costs = { of: bytesOf, notes: [], narrowed: () => Promise.resolve(0) };
const errors: Readonly<Record<string, number>> = { 4: 0.01, 8: 0.001, float: 0 };

describe('what can be done to a model', () => {
  const measured = {
    layers: [layer('a:conv', 100), layer('a:other', 50)],
    errorAt: (_: string, width: number | 'float') => errors[width]!,
  };

  it('errors are scaled by what all layers together cost, saturated answers left out', () => {
    const widths = [
      { weights: 4, score: scored(0.9) },
      { weights: 8, score: scored(0.004) },
    ];
    const [whole] = optionsOf({ ...measured, widths, narrow: [] }, model, costs);
    expect(whole!.layers[0]!.map(({ cost }) => cost)).toEqual([50, 100, 400]);
    for (const [i, error] of [0.02, 0.002, 0].entries()) expect(whole!.layers[0]![i]!.error).toBeCloseTo(error, 12);
  });

  it('channels that go make layers cheaper, and cost what was measured', () => {
    const sizes = new Map([['a:conv', { elements: 3, macs: 48 }]]);
    const narrow = [{ ratio: 0.5, removal: new Map(), sizes, narrowed: -7, score: scored(0.25) }];
    const [, cut] = optionsOf({ ...measured, widths: [], narrow }, model, costs);
    expect(cut).toMatchObject({ cost: -7, error: 0.25 });
    expect(cut!.layers.map(([four]) => four!.cost)).toEqual([13, 25]);
  });
});

it('a layer that is not there any more stays as it was', () => {
  const one = layer('gone', 10);
  expect(narrowedLayer(one, new Map(), new Map())).toBe(one);
});

it.each([
  ['a:conv', 0],
  ['b:conv', 1],
  ['seam:b/x/Conv', 1],
  ['else', 0],
])('%s belongs to the model it is in, or that it leads to', (name, place) => {
  expect(modelOf(name, ['a', 'b'])).toBe(place);
});

it.each([
  [{ bytes: '50 %' }, { kind: 'bytes', value: 50, percent: true }],
  [{ macs: 1000 }, { kind: 'macs', value: 1000 }],
  [{ drop: 0 }, { kind: 'drop', value: 0 }],
])('a budget %j is read as %j', (said, budget) => {
  expect(budgetOf({ ratios: [], ...said } as never)).toEqual(budget);
});

describe('a record that anybody may have written', () => {
  const share = { model: '<b>', cost: 1, percent: 2, removed: 0, bits: 8, predicted: 0.1 };
  const point = { name: 'found', cost: 1, percent: 2, bytes: 3, predicted: 0.1, models: [share, share] };
  const one = { model: 'a', uniform8: 4, curve: [{ weights: 4, cost: 1, measured: 0.1 }], front: [{ cost: 1, predicted: 0.1 }] };
  const whole = {
    budget: { kind: 'bytes', unit: 'bytes', limit: 1, uniform8: 2 },
    found: point,
    compared: [point],
    front: [point],
    models: [one, one],
  };

  it('is read as it was written', () => expect(budgetSummary(whole)).toEqual(whole));

  it('of one model is no budget of several', () => expect(budgetSummary({ ...whole, models: [one] })).toBeUndefined());

  it('of any other kind is left out, and never thrown over', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(whole)), fc.jsonValue(), (key, value) => {
        expect(() => budgetSummary({ ...whole, [key]: value })).not.toThrow();
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => budgetSummary(value) === undefined));
  });
});
