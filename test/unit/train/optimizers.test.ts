import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { adam } from '../../../src/engine/train/optimizers/adam.ts';
import type { Optimizer } from '../../../src/engine/train/optimizers/optimizer.ts';
import { sgd } from '../../../src/engine/train/optimizers/sgd.ts';
import { rateAt, type RateSettings } from '../../../src/engine/train/schedules/index.ts';

/** A bowl with its lowest point at 1, −2, 3 and another steepness along each axis. */
const lowest = [1, -2, 3];
const gradient = (w: Float32Array): Float32Array => w.map((value, i) => (i + 1) * (value - lowest[i]!));

const optimizers: Record<string, (size: number) => Optimizer> = {
  sgd: (size) => sgd(size, { momentum: 0, nesterov: false }),
  momentum: (size) => sgd(size, { momentum: 0.9, nesterov: false }),
  nesterov: (size) => sgd(size, { momentum: 0.9, nesterov: true }),
  adam: (size) => adam(size, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupled: false }),
  adamw: (size) => adam(size, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decoupled: true }),
};

describe('every optimizer', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    it(`${name} finds the lowest point`, () => {
      const parameters = new Float32Array(3);
      const optimizer = make(3);
      for (let step = 0; step < 2000; step++)
        optimizer.step({ parameters, gradients: gradient(parameters), groups: [{ offset: 0, size: 3, rate: 0.02, decay: 0 }] });
      parameters.forEach((value, i) => expect(value).toBeCloseTo(lowest[i]!, 2));
    });

    it(`${name} goes on from its state bit for bit`, () => {
      const random = seededRandom(3, name);
      const draws = Array.from({ length: 20 }, () => Float32Array.from({ length: 5 }, () => random.normal()));
      const groups = [
        { offset: 0, size: 2, rate: 0.01, decay: 0.1 },
        { offset: 2, size: 3, rate: 0.02, decay: 0 },
      ];
      const whole = new Float32Array(5).fill(1);
      const first = make(5);
      let half = new Float32Array();
      let state: Record<string, Float32Array> = {};
      draws.forEach((gradients, i) => {
        first.step({ parameters: whole, gradients: gradients.slice(), groups });
        if (i === 9)
          [half, state] = [whole.slice(), Object.fromEntries(Object.entries(first.state()).map(([key, value]) => [key, value.slice()]))];
      });
      const second = make(5);
      second.restore(state);
      for (const gradients of draws.slice(10)) second.step({ parameters: half, gradients: gradients.slice(), groups });
      expect(half).toEqual(whole);
    });
  }

  it('refuses a state of another size', () => {
    expect(() => optimizers['adam']!(3).restore(optimizers['adam']!(4).state())).toThrow(/4 values of first; expected 3/);
  });
});

describe('steps by hand', () => {
  const groups = [{ offset: 0, size: 1, rate: 0.1, decay: 0.5 }];
  const one = (optimizer: Optimizer, gradients: number[]): number => {
    const parameters = Float32Array.of(2);
    for (const value of gradients) optimizer.step({ parameters, gradients: Float32Array.of(value), groups });
    return parameters[0]!;
  };

  it('of momentum with weight decay', () => {
    // v = 1 + 0.5·2 = 2, w = 1.8; v = 0.9·2 + 1 + 0.9 = 3.7, w = 1.43
    expect(one(sgd(1, { momentum: 0.9, nesterov: false }), [1, 1])).toBeCloseTo(1.43, 6);
  });

  it('of Nesterov', () => {
    // v = 2, w = 2 − 0.1·(2 + 1.8)
    expect(one(sgd(1, { momentum: 0.9, nesterov: true }), [1])).toBeCloseTo(1.62, 6);
  });

  it('of Adam and AdamW: the first step is the rate, AdamW shrinks besides', () => {
    const settings = { beta1: 0.9, beta2: 0.999, epsilon: 0 };
    expect(one(adam(1, { ...settings, decoupled: false }), [3])).toBeCloseTo(1.9, 5);
    expect(one(adam(1, { ...settings, decoupled: true }), [3])).toBeCloseTo(2 - 0.1 * (1 + 1), 5);
  });
});

describe('schedules', () => {
  const settings = { 'learning-rate': 2, schedule: 'constant', 'decay-epochs': 15, 'decay-factor': 0.1, 'warm-up': 0 } as const;
  const at = (more: Partial<RateSettings>, done: number, total = 100, stepsPerEpoch = 2): number =>
    rateAt({ ...settings, ...more }, done, total, stepsPerEpoch) / 2;

  it('begin and end where they should', () => {
    expect(at({}, 70)).toBe(1);
    expect([0, 29, 30, 59, 60].map((done) => Number(at({ schedule: 'step' }, done).toFixed(9)))).toEqual([1, 1, 0.1, 0.1, 0.01]);
    expect(at({ schedule: 'step', 'decay-epochs': 2, 'decay-factor': 0.5 }, 8)).toBe(0.25);
    expect([0, 50, 100].map((done) => Number(at({ schedule: 'cosine' }, done).toFixed(12)))).toEqual([1, 0.5, 0]);
    expect(at({ schedule: 'one-cycle' }, 0)).toBeCloseTo(1 / 25, 12);
    expect(at({ schedule: 'one-cycle' }, 30)).toBeCloseTo(1, 12);
    expect(at({ schedule: 'one-cycle' }, 100)).toBeCloseTo(1 / 25e4, 12);
  });

  it('warm up by a straight line, then begin', () => {
    const cosine = { schedule: 'cosine', 'warm-up': 10 } as const;
    expect([0, 9, 18].map((done) => at(cosine, done))).toEqual([0.05, 0.5, 0.95]);
    expect(at(cosine, 20)).toBe(1);
    expect(at(cosine, 60)).toBeCloseTo(0.5, 12);
    expect(at({ schedule: 'step', 'warm-up': 5 }, 39)).toBe(1);
    expect(at({ schedule: 'step', 'warm-up': 5 }, 40)).toBeCloseTo(0.1, 12);
  });
});
