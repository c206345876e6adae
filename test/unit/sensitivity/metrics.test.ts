import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import type { LoadedSample } from '../../../src/engine/data/types.ts';
import type { Outputs } from '../../../src/engine/evaluate/metric.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { methods } from '../../../src/engine/sensitivity/methods/index.ts';
import { findMetric, metrics } from '../../../src/engine/sensitivity/metrics/index.ts';

const listed = (room: string): string[] =>
  readdirSync(path.resolve(import.meta.dirname, '../../../src/engine/sensitivity', room)).filter((file) => file !== 'index.ts');

it.each([['methods', methods] as const, ['metrics', metrics] as const])('every file of %s is in its list', (room, list) => {
  expect(list.map(({ name }) => `${name}.ts`).sort()).toEqual(listed(room).sort());
});

const tensor = (values: readonly number[], dims: readonly number[] = [1, values.length]) => ({
  type: DataType.float32,
  dims,
  data: Float32Array.from(values),
});
const sample = (label?: number): LoadedSample => ({
  index: 0,
  id: 'one',
  ...(label === undefined ? {} : { label }),
  input: tensor([0]),
  geometry: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
});
const question = { task: 'classification' as const, dataset: { path: 'data', samples: [{ index: 0, id: 'one', label: 1 }] } };

function figure(name: string, pairs: readonly (readonly [reference: Outputs, found: Outputs])[]) {
  const measure = findMetric(name)!.on(question);
  return measure.summarize(
    pairs.map(([reference, found]) => measure.row(sample(1), reference, found, {})),
    {},
  );
}
const of = (name: string, a: readonly number[], b: readonly number[]) => figure(name, [[{ y: tensor(a) }, { y: tensor(b) }]]);

describe('sqnr', () => {
  it.each([4, 6, 8])('of a uniform signal rounded to %i bits is 6.02 dB a bit', (bits) => {
    const random = seededRandom(1, `${bits}`);
    const signal = Float64Array.from({ length: 50_000 }, () => 2 * random.next() - 1);
    const step = 2 / 2 ** bits;
    const rounded = signal.map((value) => (Math.floor(value / step) + 0.5) * step);
    // Signal 1/3, noise step^2/12: the ratio is 2^(2 bits).
    expect(of('sqnr', [...signal], [...rounded]).value).toBeCloseTo(20 * Math.log10(2) * bits, 1);
  });

  it('counts outputs of different size alike, and is null where nothing differs', () => {
    const small = { a: tensor([1, 1]), b: tensor([1000, 1000]) };
    const found = { a: tensor([1.1, 1.1]), b: tensor([1000, 1000]) };
    // Shares of noise 0.01 and 0: their mean is 0.005.
    expect(figure('sqnr', [[small, found]]).value).toBeCloseTo(-10 * Math.log10(0.005), 4);
    expect(figure('sqnr', [[small, small]])).toEqual({ value: null, equal: true });
  });

  it('adds up pictures before it divides', () => {
    const quiet = [{ y: tensor([0.001]) }, { y: tensor([0.002]) }] as const;
    const loud = [{ y: tensor([10]) }, { y: tensor([10]) }] as const;
    expect(figure('sqnr', [quiet, loud]).value).toBeCloseTo(10 * Math.log10(100.000001 / 1e-6), 3);
  });

  it('is not a number where an output is none, and leaves integers out', () => {
    expect(of('sqnr', [1, 2], [1, NaN]).value).toBeNaN();
    const index = { type: DataType.int64, dims: [1], data: BigInt64Array.of(3n) };
    expect(
      figure('sqnr', [
        [
          { y: tensor([1]), i: index },
          { y: tensor([2]), i: index },
        ],
      ]).value,
    ).toBeCloseTo(0, 6);
  });
});

it('mse is the mean over all elements, cosine the angle', () => {
  expect(of('mse', [1, 2, 3, 4], [1, 2, 3, 6]).value).toBeCloseTo(1, 6);
  expect(of('cosine', [1, 0], [1, 1]).value).toBeCloseTo(Math.SQRT1_2, 6);
  expect(of('cosine', [1, 2], [1, 2]).value).toBe(1);
  expect(of('cosine', [1, 2], [0, 0]).value).toBe(0);
});

describe('kl', () => {
  const [p, q] = [[0.5, 0.25, 0.25] as const, [0.25, 0.5, 0.25] as const];
  // 0.5 ln 2 - 0.25 ln 2
  const divergence = 0.25 * Math.log(2);

  it('of probabilities, and of scores that a softmax makes to them', () => {
    expect(of('kl', p, q).value).toBeCloseTo(divergence, 6);
    expect(of('kl', p.map((x) => Math.log(x) + 7), q.map((x) => Math.log(x) - 3)).value).toBeCloseTo(divergence, 5); // prettier-ignore
    expect(of('kl', p, p).value).toBe(0);
  });

  it('goes along axis 1 of a map, mean over positions; a class ruled out has no infinite cost', () => {
    const map = (columns: readonly (readonly number[])[]) =>
      tensor([0, 1, 2].flatMap((c) => columns.map((column) => column[c]!)), [1, 3, 1, columns.length]); // prettier-ignore
    expect(figure('kl', [[{ y: map([p, p]) }, { y: map([q, p]) }]]).value).toBeCloseTo(divergence / 2, 6);
    expect(of('kl', [0.5, 0.5, 0], [1, 0, 0]).value).toBeLessThan(20);
  });
});

it('agreement and task are those of the evaluation', () => {
  const pairs = [
    [{ y: tensor([0, 1]) }, { y: tensor([0, 2]) }],
    [{ y: tensor([0, 1]) }, { y: tensor([3, 2]) }],
  ] as const;
  expect(figure('agreement', pairs).value).toBe(50);
  expect(figure('task', pairs).value).toBe(50);
  expect(findMetric('task')!.on(question).name).toBe('top1');
  expect(() => findMetric('task')!.on({ task: 'none', dataset: { path: 'data', samples: [{ index: 0, id: 'one' }] } })).toThrow(
    'needs pictures with labels',
  );
});
