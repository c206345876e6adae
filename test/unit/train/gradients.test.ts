import { describe, expect, it } from 'vitest';
import { Gradients } from '../../../src/engine/train/loop/gradients.ts';
import { MovingAverage } from '../../../src/engine/train/loop/moving-average.ts';
import { decodeState, encodeState } from '../../../src/engine/train/loop/saved-state.ts';

describe('gradients of a step', () => {
  it('are the mean over its batches', () => {
    const gradients = new Gradients();
    gradients.add(Float32Array.of(1, 2));
    gradients.add(Float32Array.of(5, -4));
    expect(gradients.batches).toBe(2);
    expect(gradients.take(0)).toEqual({ gradients: Float32Array.of(3, -1), norm: Math.sqrt(10) });
    expect(gradients.batches).toBe(0);
  });

  it('are shortened to the longest length, all together', () => {
    const [gradients, longest] = [new Gradients(), 2.5];
    gradients.add(Float32Array.of(3, 4));
    expect(gradients.take(longest)).toEqual({ gradients: Float32Array.of(1.5, 2), norm: 5 });
    gradients.add(Float32Array.of(0.3, 0.4));
    expect(gradients.take(longest).gradients).toEqual(Float32Array.of(0.3, 0.4));
  });

  it('tell what is not finite', () => {
    const gradients = new Gradients();
    gradients.add(Float32Array.of(1, NaN));
    expect(gradients.take(1).norm).toBeNaN();
  });
});

describe('a moving average', () => {
  it('follows by its decay, faster while it is young', () => {
    const average = new MovingAverage(Float32Array.of(0), 0.9);
    average.follow(Float32Array.of(1));
    // (1 + 1) / (10 + 1) is kept.
    expect(average.values[0]).toBeCloseTo(9 / 11, 6);
    for (let step = 2; step <= 100; step++) average.follow(Float32Array.of(1));
    const before = average.values[0]!;
    average.follow(Float32Array.of(2));
    expect(average.values[0]).toBeCloseTo(before + 0.1 * (2 - before), 6);
  });
});

describe('a saved state', () => {
  const curve = {
    curve: { step: 'qat «2»', epochs: 1, steps: 2, points: [{ step: 1, epoch: 0.5, loss: 0.1 + 0.2, rate: 1e-3 }] },
    stride: 1,
    open: { steps: 0, loss: 0 },
  };

  it('comes back bit for bit', () => {
    const arrays = { 'optimizer/first': Float32Array.of(1e-45, -0, 3.4e38), empty: new Float32Array(), parameters: Float32Array.of(0.1) };
    const state = { done: 1, curve, stopped: 'no better', arrays };
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  it('of another version is not read', () => {
    const bytes = encodeState({ done: 1, curve, arrays: {} });
    const text = Buffer.from(bytes)
      .toString('latin1')
      .replace(/"version":\d/, '"version":9');
    expect(decodeState(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});
