import fc from 'fast-check';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { DataTypeName } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { operators } from '../../../src/engine/ops/index.ts';
import type { OperatorRecord } from '../../../src/engine/ops/record.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';
import { produce } from '../../support/ort-shapes.ts';
import { drawing, modelOf, sizeOf, type Case, type CaseMaker } from './cases/case.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { selectionCases } from './cases/selection.ts';
import { structureCases } from './cases/structure.ts';
import { windowCases } from './cases/windows.ts';

const cases: ReadonlyMap<string, CaseMaker> = new Map([...elementwiseCases, ...windowCases, ...structureCases, ...selectionCases]);

type Made = Case & { opset: number };

const newestOf = (record: OperatorRecord): number => Math.max(record.since, Math.min(record.until ?? 21, 21));

/** The first operand with elements that all differ, stored in the model. */
function distinct(made: Made): { made: Made; data: number[] } {
  const [first, ...rest] = made.inputs;
  const data = Array.from({ length: sizeOf(first!.dims) }, (_, i) => i + 1);
  const stored = rest.map((operand) => operand && { ...operand, constant: true });
  return { made: { ...made, inputs: [{ ...first!, values: data, constant: true }, ...stored] }, data };
}

async function outputs(op: string, domain: string, made: Made): Promise<number[][] | undefined> {
  try {
    const real = await produce(modelOf(op, domain, made), {});
    return [...real.values()].map(({ data }) => Array.from(data, Number));
  } catch {
    return undefined;
  }
}

/** Runs cases of a record until enough of them run; `compare` checks one. */
async function each(record: OperatorRecord, compare: (results: number[][], data: number[], made: Made) => void): Promise<void> {
  const make = cases.get(record.op)!;
  let ran = 0;
  await fc.assert(
    fc.asyncProperty(drawing(make, [newestOf(record)]), async (given) => {
      const { made, data } = distinct(given);
      const results = await outputs(record.op, record.domain ?? '', made);
      if (!results) return;
      ran++;
      compare(results, data, made);
    }),
    { numRuns: 25, seed: 1 },
  );
  expect(ran).toBeGreaterThan(5);
}

const plain = operators.filter((record) => !record.domain && (record.until ?? 99) >= 7);
const titled = (records: readonly OperatorRecord[]) => records.map((record) => [`${record.op} ${record.since}+`, record] as const);

describe('views', () => {
  it.each(titled(plain.filter((record) => record.view)))('%s keeps its elements in order', (_title, record) =>
    each(record, ([result], data) => expect(result).toEqual(data)),
  );
});

describe('operators that keep their input’s scale', () => {
  it.each(titled(plain.filter((record) => record.quantize?.kind === 'same-scale')))('%s makes no new values', (_title, record) =>
    each(record, (results, data, made) => {
      const smooth = record.op === 'Resize' || record.op === 'Upsample' ? made.attributes?.['mode'] : undefined;
      if (smooth === 'linear' || smooth === 'cubic') return;
      const known = new Set([...data, ...(record.op === 'Pad' ? [0, 1] : [])]);
      const values = record.op === 'MaxPool' || record.op === 'Dropout' ? results.slice(0, 1).flat() : results.flat();
      expect(values.filter((value) => !known.has(value))).toEqual([]);
    }),
  );
});

describe('activations', () => {
  const noise = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898) * 4);
  it.each(titled(plain.filter((record) => record.activation)))('%s works on every element by itself', async (_title, record) => {
    const model = buildModel({ opset: newestOf(record), inputs: [{ name: 'x', shape: [1, 12] }], outputs: ['y'], nodes: [[record.op, ['x'], ['y']]] });
    const run = async (values: Float32Array): Promise<number[]> => {
      const real = await produce(model, { x: new OrtTensor('float32', values, [1, 12]) });
      return Array.from(real.get('y')!.data, Number);
    };
    const forward = await run(noise(12));
    const backward = await run(noise(12).reverse());
    backward.reverse().forEach((value, i) => expect(value).toBeCloseTo(forward[i]!, 5));
  }); // prettier-ignore
});

it('what is called random gives other numbers each time', async () => {
  const flagged = plain.filter((record) => record.nondeterministic).map(({ op }) => op);
  expect(flagged.sort()).toEqual(['Bernoulli', 'Multinomial', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike']);
  const dims = [64, 64];
  for (const op of flagged) {
    const source = op.endsWith('Like') || op === 'Bernoulli' || op === 'Multinomial';
    const attributes = op === 'Multinomial' ? { sample_size: 64 } : source ? {} : { shape: dims };
    const model = buildModel({
      outputs: ['a', 'b'],
      nodes: ['a', 'b'].map((output): BuildNode => [op, source ? ['x'] : [], [output], attributes]),
      initializers: source ? { x: Tensor.float32(dims, new Float32Array(4096).fill(0.5)) } : {},
    });
    const real = await produce(model, {});
    expect(Array.from(real.get('a')!.data), op).not.toEqual(Array.from(real.get('b')!.data));
  }
});

describe('channels', () => {
  const dims = [1, 4, 5, 5];
  const base = Float32Array.from({ length: 100 }, (_, i) => Math.cos(i * 1.7) * 3);
  const changed = Float32Array.from(base, (value, i) => (i < 25 ? value * 2 + 1 : value));
  const vector = Tensor.float32([4], [1, 2, 3, 4]);
  /** Before opset 21 GroupNormalization has a scale per group: the names one and two. */
  const typed = (names: readonly string[]): Record<string, Tensor> =>
    Object.fromEntries(names.map((name) => [name, name === 'one' || name === 'two' ? Tensor.float32([2], [1, 2]) : vector]));

  /** Whether a change in channel 0 shows in the others. */
  async function mixes(op: string, extra: readonly string[], attributes: BuildNode[3]): Promise<boolean> {
    const run = async (values: Float32Array): Promise<number[]> => {
      const model = buildModel({
        opset: 18,
        inputs: [{ name: 'x', type: 'float32' satisfies DataTypeName, shape: dims }],
        outputs: ['y'],
        nodes: [[op, ['x', ...extra], ['y'], attributes]],
        initializers: typed(extra),
      });
      return Array.from((await produce(model, { x: new OrtTensor('float32', values, dims) })).get('y')!.data, Number);
    };
    const [before, after] = [await run(base), await run(changed)];
    return before.slice(before.length / 4).some((value, i) => value !== after[after.length / 4 + i]);
  }

  it.each<[string, readonly string[], NonNullable<BuildNode[3]>]>([
    ['Softmax', [], { axis: 1 }],
    ['LogSoftmax', [], { axis: 1 }],
    ['Hardmax', [], { axis: 1 }],
    ['LRN', [], { size: 3 }],
    ['LpNormalization', [], { axis: 1 }],
    ['GroupNormalization', ['one', 'two'], { num_groups: 2 }],
    ['MeanVarianceNormalization', [], { axes: [1, 2, 3] }],
    ['BatchNormalization', ['scale', 'bias', 'mean', 'variance'], {}],
    ['InstanceNormalization', ['scale', 'bias'], {}],
    ['MaxPool', [], { kernel_shape: [2, 2] }],
    ['AveragePool', [], { kernel_shape: [2, 2] }],
    ['GlobalAveragePool', [], {}],
    ['Relu', [], {}],
    ['Sigmoid', [], {}],
  ])('%s', async (op, extra, attributes) => {
    const record = operators.find((known) => known.op === op && !known.domain && (known.until ?? 99) >= 18)!;
    expect(await mixes(op, extra, attributes)).toBe(record.mixesChannels === true);
  });
});
