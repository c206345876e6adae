import { describe, expect, it } from 'vitest';
import { addGradients } from '../../../src/engine/autodiff/differentiate.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { gradientDomain } from '../../../src/engine/ops/gradient/rule.ts';
import { lower } from '../../../src/engine/train/lower/lowering.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { buildModel } from '../../support/model-builder.ts';
import { noise, runtime } from '../quantize/support.ts';

interface Case {
  readonly dims: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly axis: number;
  readonly clipping?: number;
}

/** Fake quantization of x, and the gradients of Σ c · y by x and by the scales, as the lowered graph computes them. */
async function computed({ dims, low, high, axis, clipping = 0 }: Case, x: Float32Array, scales: Float32Array, c: Float32Array) {
  const scaleDims = axis < 0 ? [] : [dims[axis]!];
  const model = buildModel({
    opset: 21,
    irVersion: 10,
    domains: { [gradientDomain]: 1 },
    inputs: [
      { name: 'x', shape: dims },
      { name: 's', shape: scaleDims },
    ],
    outputs: ['y'],
    nodes: [
      ['FakeQuantize', ['x', 's'], ['y'], { low, high, axis, clipping }, { domain: gradientDomain }],
      ['Mul', ['y', 'c'], ['p']],
      ['ReduceSum', ['p'], ['loss'], { keepdims: 0 }],
    ],
    initializers: { c: Tensor.float32(dims, c) },
  });
  const gradients = addGradients(model, ['x', 's'], 'loss');
  model.graph.outputs = ['y', gradients.get('x')!, gradients.get('s')!].map((name) => ({ name }));
  lower(model, portable);
  model.opsets.delete(gradientDomain);
  for (const name of ['y', gradients.get('x')!, gradients.get('s')!])
    model.graph.outputs = model.graph.outputs.map((one) =>
      one.name === name ? { name, type: { kind: 'tensor', elementType: DataType.float32 } } : one,
    );
  const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
  const results = await session.run({
    x: { type: DataType.float32, dims, data: x },
    s: { type: DataType.float32, dims: scaleDims, data: scales },
  });
  await session.dispose();
  const [y, dx, ds] = model.graph.outputs.map(({ name }) => results[name]!.data as Float32Array);
  return { y: y!, dx: dx!, ds: ds! };
}

const cases: Readonly<Record<string, Case>> = {
  'one scale, 4 bits': { dims: [2, 3, 4, 4], low: -7, high: 7, axis: -1 },
  'one scale, zero point': { dims: [2, 3, 4, 4], low: -5, high: 10, axis: -1 },
  'one scale, all of 8 bits about a zero point': { dims: [2, 3, 4, 4], low: -100, high: 155, axis: -1 },
  'a scale a channel': { dims: [3, 2, 3, 3], low: -3, high: 3, axis: 0 },
  'a scale an element': { dims: [5], low: -(2 ** 20), high: 2 ** 20, axis: 0 },
  'clipping alone': { dims: [2, 3, 4, 4], low: 0, high: 15, axis: -1, clipping: 1 },
};

describe('fake quantization', () => {
  it.each(Object.entries(cases))('has the gradients of the learned step size by finite differences: %s', async (_, one) => {
    const { dims, low, high, axis, clipping } = one;
    const size = dims.reduce((a, b) => a * b, 1);
    const [x, c] = [noise(size, 'x'), noise(size, 'c')];
    const count = axis < 0 ? 1 : dims[axis]!;
    const scales = Float32Array.from({ length: count }, (_, i) => Math.fround((1.4 + 0.2 * i) / Math.max(8, Math.min(high, 100))));
    const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const of = (i: number): number => (axis < 0 ? 0 : Math.floor(i / inner) % count);
    const { y, dx, ds } = await computed(one, x, scales, c);
    // The formula with the rounding's rest held fixed (Esser et al., eqs. 1 to 3): what is differentiated where round() itself has no derivative.
    const rest = x.map((value, i) => Math.round(value / scales[of(i)]!) - value / scales[of(i)]!);
    const surrogate = (value: number, i: number, scale: number): number => {
      const steps = value / scale;
      return steps <= low ? low * scale : steps >= high ? high * scale : scale * (steps + (clipping ? 0 : rest[i]!));
    };
    const h = 1e-6;
    const wanted = new Float64Array(count);
    for (let i = 0; i < size; i++) {
      const scale = scales[of(i)]!;
      const code = Math.max(low, Math.min(high, Math.round(x[i]! / scale)));
      expect(y[i]).toBeCloseTo(code * scale, 5);
      expect(dx[i]).toBeCloseTo((c[i]! * (surrogate(x[i]! + h, i, scale) - surrogate(x[i]! - h, i, scale))) / (2 * h), 3);
      wanted[of(i)]! += (c[i]! * (surrogate(x[i]!, i, scale + h) - surrogate(x[i]!, i, scale - h))) / (2 * h);
    }
    const normed = wanted.map((value) => value / Math.sqrt((size / count) * Math.max(1, high)));
    ds.forEach((value, i) => expect(value).toBeCloseTo(normed[i]!, 3));
  });
});
