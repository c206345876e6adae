import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { ascending } from '../../../../src/engine/prune/sparse/ascending.ts';
import { cubicProgress } from '../../../../src/engine/prune/sparse/cubic.ts';
import { chooseZeros, planSparse, setZeros, type SparseSettings } from '../../../../src/engine/prune/sparse/index.ts';
import { weightSites } from '../../../../src/engine/prune/sparse/weight-sites.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { residualNetwork } from '../../../support/trained-networks.ts';

const settings = (own: Partial<SparseSettings> = {}): SparseSettings => ({
  method: 'weights',
  sparsity: 0.5,
  pattern: '2:4',
  block: [4, 1],
  ramp: 0,
  scope: 'local',
  criterion: 'l1',
  seed: 0,
  layers: {},
  ...own,
});

function pruned(model: Model, own: Partial<SparseSettings>): Model {
  const plan = planSparse(model, settings(own));
  setZeros(model.graph, plan.layers.map(({ site }) => site), chooseZeros(plan)); // prettier-ignore
  return model;
}

const random = (size: number, seed = 1): Float32Array => {
  const source = seededRandom(seed);
  return Float32Array.from({ length: size }, () => source.normal());
};
/** One convolution [out, in, k, k]. */
const conv = (dims: readonly number[], values = random(dims.reduce((a, b) => a * b, 1))): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: [1, dims[1]!, 8, 8] }],
    initializers: { w: Tensor.float32(dims, values) },
    nodes: [['Conv', ['x', 'w'], ['y'], {}, { name: 'conv' }]],
    outputs: ['y'],
  });
const weights = (model: Model, name = 'w'): Float32Array => model.graph.constant(name)!.typed() as Float32Array;
const zeros = (values: ArrayLike<number>): number => Array.from(values).filter((value) => value === 0).length;

describe('the order of scores', () => {
  it('is that of a stable comparing sort', () => {
    const score = fc.oneof(fc.float({ min: 0, noNaN: true }), fc.constantFrom(0, 1, Infinity, 1e-45));
    fc.assert(
      fc.property(fc.array(score, { maxLength: 300 }), (list) => {
        const scores = Float32Array.from(list, Math.abs);
        const expected = Array.from(scores.keys()).sort((a, b) => (scores[a] === scores[b] ? a - b : scores[a]! - scores[b]!));
        expect(Array.from(ascending(scores))).toEqual(expected);
      }),
    );
  });
});

describe('single weights', () => {
  it('are zero where they are smallest, in each layer or in all together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.integer(), (percent, seed) => {
        const values = random(8 * 4 * 9, seed);
        const left = weights(pruned(conv([8, 4, 3, 3], values), { sparsity: percent / 100 }));
        const count = zeros(left);
        expect(Math.abs(count - (percent / 100) * values.length)).toBeLessThanOrEqual(0.5);
        const kept = Math.min(...values.filter((_, i) => left[i] !== 0).map(Math.abs));
        for (const [i, value] of values.entries()) expect(left[i]).toBe(Math.abs(value) >= kept ? value : 0);
      }),
      { numRuns: 40 },
    );
    const global = residualNetwork(3, [8, 16]);
    const before = weightSites(global).sites;
    pruned(global, { scope: 'global', sparsity: 0.7 });
    const after = weightSites(global).sites;
    const size = before.reduce((sum, { values }) => sum + values.length, 0);
    expect(after.reduce((sum, { values }) => sum + zeros(values), 0) / size).toBeCloseTo(0.7, 2);
    const gone = before.flatMap(({ values }, i) => Array.from(values).filter((_, j) => after[i]!.values[j] === 0));
    const stays = after.flatMap(({ values }) => Array.from(values).filter((value) => value !== 0));
    expect(Math.max(...gone.map(Math.abs))).toBeLessThanOrEqual(Math.min(...stays.map(Math.abs)) * 1.0001);
    expect(new Set(after.map(({ values }) => (zeros(values) / values.length).toFixed(3))).size).toBeGreaterThan(1);
  });

  it('never empty a layer', () => {
    const model = residualNetwork(3, [8]);
    const [small] = weightSites(model).sites;
    model.graph.initializers.set(small!.tensor, Tensor.float32(small!.dims, small!.values.map((value) => value * 1e-6))); // prettier-ignore
    pruned(model, { scope: 'global', sparsity: 0.9 });
    for (const { values } of weightSites(model).sites) expect(zeros(values)).toBeLessThan(values.length);
  });

  it('by LAMP are those of plain arithmetic', () => {
    const values = random(4 * 2 * 1 * 1, 9);
    const left = weights(pruned(conv([4, 2, 1, 1], values), { criterion: 'lamp', scope: 'global', sparsity: 0.5 }));
    const lamp = values.map(
      (value) => value ** 2 / values.filter((other) => Math.abs(other) >= Math.abs(value)).reduce((sum, other) => sum + other ** 2, 0),
    );
    const order = Array.from(values.keys()).sort((a, b) => lamp[a]! - lamp[b]!);
    expect(Array.from(left.keys()).filter((i) => left[i] === 0).sort()).toEqual(order.slice(0, 4).sort()); // prettier-ignore
  });

  it('stay where the recipe says so, or lose what it says', () => {
    const model = pruned(residualNetwork(1, [8]), { sparsity: 0.5 });
    const [first, second] = weightSites(model).sites;
    const own = residualNetwork(1, [8]);
    const plan = planSparse(own, settings({ layers: { [first!.layer]: { prune: false }, [second!.layer]: { sparsity: 0.9 } } }));
    expect(plan.left.find(({ name }) => name === first!.layer)?.reason).toBe('left out by the recipe');
    const chosen = chooseZeros(plan);
    expect(chosen.has(first!.tensor)).toBe(false);
    expect(chosen.get(second!.tensor)!.reduce((sum, one) => sum + one, 0) / second!.values.length).toBeCloseTo(0.9, 2);
  });
});

describe('N of M', () => {
  it('keeps the largest of neighbouring input channels at each place of the kernel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 11 }),
        fc.constantFrom([2, 4], [1, 4], [3, 4], [1, 2]),
        fc.integer(),
        (inputs, [n, m], seed) => {
          const values = random(3 * inputs * 9, seed);
          const left = weights(pruned(conv([3, inputs, 3, 3], values), { method: 'n-m', pattern: `${n}:${m}` }));
          for (let out = 0; out < 3; out++)
            for (let place = 0; place < 9; place++)
              for (let from = 0; from < inputs; from += m!) {
                const row = Array.from({ length: Math.min(m!, inputs - from) }, (_, i) => (out * inputs + from + i) * 9 + place);
                const kept = row.filter((at) => left[at] !== 0);
                expect(kept.length).toBe(Math.min(n!, row.length));
                const least = Math.min(...kept.map((at) => Math.abs(values[at]!)));
                for (const at of row) if (left[at] === 0) expect(Math.abs(values[at]!)).toBeLessThanOrEqual(least);
              }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('runs along the depth of matrices', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [2, 8] }],
      initializers: { w: Tensor.float32([8, 3], random(24)) },
      nodes: [['MatMul', ['x', 'w'], ['y'], {}, { name: 'product' }]],
      outputs: ['y'],
    });
    const left = weights(pruned(model, { method: 'n-m' }));
    for (let column = 0; column < 3; column++)
      for (let from = 0; from < 8; from += 4) expect(zeros([0, 1, 2, 3].map((i) => left[(from + i) * 3 + column]!))).toBe(2);
  });

  it('says what has no room for it', () => {
    const model = conv([8, 3, 3, 3]);
    expect(() => planSparse(model, settings({ method: 'n-m' }))).toThrow(/no layer of this model can be pruned so/);
    expect(() => planSparse(conv([8, 8, 3, 3]), settings({ method: 'n-m', pattern: '4:4' }))).toThrow(/leaves nothing to prune/);
    expect(() => planSparse(conv([8, 8, 3, 3]), settings({ criterion: 'fpgm' }))).toThrow(/says nothing of single weights/);
  });
});

describe('blocks', () => {
  it('go whole, the smallest by their mean square', () => {
    const values = random(10 * 6 * 4, 5);
    const left = weights(pruned(conv([10, 6, 2, 2], values), { method: 'blocks', block: [4, 2], sparsity: 0.5 }));
    const worth: { zero: boolean; mean: number; size: number }[] = [];
    for (let out = 0; out < 10; out += 4)
      for (let input = 0; input < 6; input += 2)
        for (let place = 0; place < 4; place++) {
          const members: number[] = [];
          for (let o = out; o < Math.min(10, out + 4); o++) for (let i = input; i < input + 2; i++) members.push((o * 6 + i) * 4 + place);
          const zero = members.filter((at) => left[at] === 0).length;
          expect([0, members.length]).toContain(zero);
          worth.push({
            zero: zero > 0,
            size: members.length,
            mean: members.reduce((sum, at) => sum + values[at]! ** 2, 0) / members.length,
          });
        }
    expect(Math.max(...worth.filter(({ zero }) => zero).map(({ mean }) => mean))).toBeLessThan(
      Math.min(...worth.filter(({ zero }) => !zero).map(({ mean }) => mean)),
    );
    expect(Math.abs(worth.reduce((sum, { zero, size }) => sum + (zero ? size : 0), 0) - 120)).toBeLessThanOrEqual(4);
  });
});

describe('quantized weights', () => {
  it('become their zero point', () => {
    const codes = Uint8Array.from({ length: 4 * 2 * 9 }, (_, i) => (i * 37) % 256);
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 2, 8, 8] }],
      initializers: {
        q: Tensor.of(DataType.uint8, [4, 2, 3, 3], codes),
        s: Tensor.float32([4], [0.1, 0.2, 0.3, 0.4]),
        z: Tensor.of(DataType.uint8, [4], Uint8Array.of(128, 100, 128, 90)),
      },
      nodes: [
        ['DequantizeLinear', ['q', 's', 'z'], ['w'], { axis: 0 }, {}],
        ['Conv', ['x', 'w'], ['y'], {}, { name: 'conv' }],
      ],
      outputs: ['y'],
    });
    const [site] = weightSites(model).sites;
    expect(site!.values[9 * 2]).toBeCloseTo((codes[18]! - 100) * 0.2, 5);
    pruned(model, { sparsity: 0.75 });
    expect(zeros(weightSites(model).sites[0]!.values)).toBe(54);
    expect(model.graph.constant('q')!.type).toBe(DataType.uint8);
  });
});

describe('the cubic schedule', () => {
  it('is that of Zhu and Gupta', () => {
    const at = (step: number) => cubicProgress({ step, stepsPerEpoch: 10, epochs: 4 }, 0.5);
    expect([0, 5, 10, 20, 40].map(at)).toEqual([0, 1 - 0.75 ** 3, 1 - 0.125, 1, 1]);
    expect(cubicProgress({ step: 0, stepsPerEpoch: 10, epochs: 4 }, 0)).toBe(1);
  });
});
