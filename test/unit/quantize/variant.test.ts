import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { planStatic } from '../../../src/engine/quantize/static.ts';
import { planAt, variantsAt, writeVariants, type VariantWidths } from '../../../src/engine/quantize/variant.ts';
import { buildModel } from '../../support/model-builder.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { noise, request, run, runtime, weights } from './support.ts';

/** x W1, ReLU, times W2: by hand in double precision. */
const [rows, inner, columns] = [6, 5, 4];
const [w1, w2] = [weights('w1', [rows, inner]), weights('w2', [inner, columns])];
const model = buildModel({
  inputs: [{ name: 'x', shape: ['n', rows] }],
  outputs: [{ name: 'y', shape: ['n', columns] }],
  initializers: { w1, w2 },
  nodes: [
    ['MatMul', ['x', 'w1'], ['h'], {}, { name: 'one' }],
    ['Relu', ['h'], ['g']],
    ['MatMul', ['g', 'w2'], ['y'], {}, { name: 'two' }],
  ],
});
const dataset = noiseDataset(16, [rows]);
const settings = { granularity: 'tensor', 'weight-range': 'max', 'correct-bias': false, 'weight-type': 'int8' } as const;
const plan = await planStatic(cloneModel(model), request(settings, {}, 'cpu-x64-vnni'), { runtime, context: plainContext(), dataset });

const product = (a: ArrayLike<number>, b: ArrayLike<number>, depth: number, width: number): number[] =>
  Array.from({ length: width }, (_, column) =>
    Array.from({ length: depth }, (__, i) => a[i]! * b[i * width + column]!).reduce((sum, one) => sum + one, 0),
  );

/** Symmetric about zero, the largest weight just held. */
function roundedWeights(values: Float32Array, bits: number): number[] {
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const scale = largest / (2 ** (bits - 1) - 1);
  return Array.from(values, (value) => scale * Math.round(value / scale));
}

/** From the least to the greatest value seen while calibrating, zero exactly on the grid. */
function roundedActivations(values: readonly number[], low: number, high: number, bits: number): number[] {
  const scale = (high - low) / (2 ** bits - 1);
  const zero = Math.round(-low / scale);
  return values.map((value) => scale * (Math.max(0, Math.min(2 ** bits - 1, Math.round(value / scale) + zero)) - zero));
}

describe('one layer at some width', () => {
  it.each<[VariantWidths, string]>([
    [{ weights: 8, activations: 8 }, 'two'],
    [{ weights: 4, activations: 4 }, 'two'],
    [{ weights: 3, activations: 'float' }, 'two'],
    [{ weights: 'float', activations: 2 }, 'two'],
    [{ weights: 16, activations: 16 }, 'two'],
    [{ weights: 5, activations: 8 }, 'one'],
  ])('%j of layer %s is what arithmetic by hand gives, the other layer stays float', async (widths, layer) => {
    const variants = await variantsAt(plan, widths);
    const copy = cloneModel(plan.model);
    writeVariants(
      copy,
      [...variants].filter(([node]) => node.label === layer).map(([, variant]) => variant),
    );
    const x = noise(rows);
    const found = await run(encodeModel(copy), [1, rows], x, 'all');
    const round = (name: string, values: Float32Array): ArrayLike<number> =>
      name === layer && widths.weights !== 'float' ? roundedWeights(values, widths.weights as number) : values;
    const read = (name: string, value: string, values: readonly number[]): number[] => {
      if (name !== layer || widths.activations === 'float') return [...values];
      const seen = plan.statistics.get(value)!;
      return roundedActivations(values, Math.min(0, value === 'g' ? 0 : seen.low), seen.high, widths.activations);
    };
    const hidden = product(read('one', 'x', [...x]), round('one', w1.toFloat32()), rows, inner).map((value) => Math.max(0, value));
    const wanted = product(read('two', 'g', hidden), round('two', w2.toFloat32()), inner, columns);
    wanted.forEach((value, i) => expect(found[i], `${i}`).toBeCloseTo(value, 4));
  });

  it('a model input keeps 8 bits where layers read fewer, as in the quantized model', () => {
    const at = planAt(plan, { weights: 4, activations: 4 });
    expect([at.formats.get('x')!.bits, at.formats.get('g')!.bits]).toEqual([8, 4]);
    expect([plan.formats.get('x')!.bits, plan.formats.get('g')!.bits]).toEqual([8, 8]);
  });

  it('leaves the plan as it is, and what others read of the same value in float', async () => {
    const before = Buffer.from(encodeModel(plan.model));
    const copy = cloneModel(plan.model);
    const variants = [...(await variantsAt(plan, { weights: 4, activations: 4 })).values()];
    writeVariants(copy, variants);
    expect(Buffer.from(encodeModel(plan.model)).equals(before)).toBe(true);
    expect(copy.graph.nodes.filter(({ op }) => op === 'QuantizeLinear')).toHaveLength(2);
    expect(copy.graph.producer('g')!.op).toBe('Relu');
    expect(copy.graph.producer('g')!.inputs).toEqual(['h']);
  });
});
