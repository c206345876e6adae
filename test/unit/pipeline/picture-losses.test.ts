import { describe, expect, it } from 'vitest';
import type { LoadedSample } from '../../../src/engine/data/types.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { PictureLosses } from '../../../src/engine/pipeline/training/picture-losses.ts';
import type { RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';

const tensor = (...data: number[]): RuntimeTensor => ({ type: DataType.float32, dims: [1, data.length], data: Float32Array.from(data) });
const picture = (label?: number): LoadedSample => ({ index: 0, id: 'p', ...(label === undefined ? {} : { label }) }) as LoadedSample;
const logits = { found: false, wanted: false };

describe('the loss of a picture', () => {
  it('is cross-entropy with the label, and the divergence from the reference', () => {
    const [wanted, found] = [{ y: tensor(Math.log(9), 0) }, { y: tensor(0, 0) }];
    const of = (alpha: number, label?: number, temperature = 1): number => {
      const losses = new PictureLosses({ classes: true, alpha, temperature });
      losses.add(picture(label), wanted, found, logits);
      return losses.values[0]!;
    };
    const divergence = 0.9 * Math.log(0.9 / 0.5) + 0.1 * Math.log(0.1 / 0.5);
    expect(of(0, 1)).toBeCloseTo(Math.log(2), 6);
    expect(of(1, 1)).toBeCloseTo(divergence, 6);
    expect(of(0.25, 1)).toBeCloseTo(0.75 * Math.log(2) + 0.25 * divergence, 6);
    expect(of(0.25)).toBeCloseTo(divergence, 6);
    // Softened by 2, odds of 9 are odds of 3.
    expect(of(1, 1, 2)).toBeCloseTo(4 * (0.75 * Math.log(0.75 / 0.5) + 0.25 * Math.log(0.25 / 0.5)), 6);
  });

  it('is the same for probabilities as for logits', () => {
    const losses = new PictureLosses({ classes: true, alpha: 0.5, temperature: 3 });
    losses.add(picture(0), { y: tensor(1, 0, -1) }, { y: tensor(0.5, 0.5, 0) }, logits);
    const p = [1, 0, -1].map((x) => Math.exp(x));
    const q = [0.5, 0.5, 0].map((x) => Math.exp(x));
    const share = (values: number[]): RuntimeTensor => tensor(...values.map((x) => x / values.reduce((a, b) => a + b)));
    losses.add(picture(0), { y: share(p) }, { y: share(q) }, { found: true, wanted: true });
    expect(losses.values[1]).toBeCloseTo(losses.values[0]!, 5);
  });

  it('is the squared error over the mean square of the reference where there are no classes', () => {
    const losses = new PictureLosses({ classes: false, alpha: 1, temperature: 1 });
    losses.add(picture(), { a: tensor(1, 1), b: tensor(10) }, { a: tensor(1, 2), b: tensor(10) }, logits);
    losses.add(picture(), { a: tensor(3, 1), b: tensor(0) }, { a: tensor(3, 1), b: tensor(5) }, logits);
    // Mean squares of a picture: a 6, b 50.
    expect(losses.values).toEqual([1 / 6 / 2, 25 / 50 / 2]);
  });
});
