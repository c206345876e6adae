import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { floatAttribute, type Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { passes, renamedLayers, simplify, type SimplifyNote } from '../../../src/engine/simplify/index.ts';
import { buildGraph, buildModel, type BuildModel, type BuildNode } from '../../support/model-builder.ts';
import { expectSameOutputs, randomInputs } from '../../support/same-outputs.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

type Weights = (name: string, ...dims: number[]) => Tensor;

/** Weights for one of two copies of a model: normal numbers, or small integers, for which float sums are exact in any order. */
function weightsOf(integers: boolean): Weights {
  return (name, ...dims) => {
    const random = seededRandom(11, name);
    const size = dims.reduce((a, b) => a * b, 1);
    return Tensor.float32(
      dims,
      Array.from({ length: size }, () => (integers ? random.integer(7) - 3 : random.normal())),
    );
  };
}

/** Ones, so that an integer batch normalization has an integer scale; some other positive numbers on the float copy. */
const variance = (integers: boolean, channels: number): Tensor =>
  Tensor.float32(
    [channels],
    Array.from({ length: channels }, (_, i) => (integers ? 1 : 0.2 + i)),
  );
const epsilon = (integers: boolean) => floatAttribute(integers ? 0 : 1e-5);

interface Outcome {
  ops: string[];
  notes: SimplifyNote[];
  model: Model;
}

/** Simplifies both copies; their outputs must stay, exactly on the integer one. Returns the operators left. */
async function simplified(parts: (weights: Weights, integers: boolean) => BuildModel): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const integers of [true, false]) {
    const built = buildModel(parts(weightsOf(integers), integers));
    const before = encodeModel(built);
    const model = decodeModel(before);
    const notes = await simplify(model, { runtime, context: plainContext() });
    const inputs = await randomInputs(runtime, before, 5, { integers });
    await expectSameOutputs(runtime, before, encodeModel(model), inputs, { tolerance: integers ? 0 : 1e-5 });
    expect(await simplify(model, { runtime, context: plainContext() })).toEqual([]);
    outcomes.push({ ops: model.graph.nodes.map(({ op }) => op), notes, model });
  }
  const [a, b] = outcomes;
  expect(a!.ops).toEqual(b!.ops);
  return b!;
}

/** Nodes in a row from `x` to `y`, each reading the one before as its first input. */
function chain(
  shape: readonly (number | string)[],
  nodes: readonly [op: string, more: string[], attributes?: BuildNode[3]][],
  rest: Partial<BuildModel>,
): BuildModel {
  const value = (i: number): string => (i < 0 ? 'x' : i === nodes.length - 1 ? 'y' : `v${i}`);
  return {
    inputs: [{ name: 'x', shape }],
    outputs: ['y'],
    nodes: nodes.map(([op, more, values], i): BuildNode => [op, [value(i - 1), ...more], [value(i)], values, { name: `${op}${i}` }]),
    ...rest,
  };
}

const normalization = ['scale', 'shift', 'mean', 'variance'];
const statistics = (weights: Weights, integers: boolean, channels: number) => ({
  scale: weights('scale', channels),
  shift: weights('shift', channels),
  mean: weights('mean', channels),
  variance: variance(integers, channels),
});

describe('the list of passes', () => {
  it('has every file of its folder', () => {
    const folder = path.resolve(import.meta.dirname, '../../../src/engine/simplify');
    const helpers = ['edit.ts', 'index.ts', 'linear.ts', 'numbers.ts', 'pass.ts', 'upgrade', 'upgrade-opset.ts'];
    const files = readdirSync(folder).filter((file) => !helpers.includes(file));
    expect(files.sort()).toEqual(passes.map(({ name }) => `${name}.ts`).sort());
  });
});

describe('batch normalization', () => {
  it('goes into the Conv before it, whatever groups and strides', async () => {
    const { ops, notes } = await simplified((weights, integers) =>
      chain(
        [2, 4, 7, 6],
        [
          ['Conv', ['w'], { group: 2, pads: [1, 0, 2, 1], strides: [1, 2] }],
          ['BatchNormalization', normalization, { epsilon: epsilon(integers) }],
        ],
        {
          initializers: { w: weights('w', 6, 2, 3, 2), ...statistics(weights, integers, 6) },
        },
      ),
    );
    expect(ops).toEqual(['Conv']);
    expect(notes.find(({ layer }) => layer === 'BatchNormalization1')).toMatchObject({ into: 'Conv0', pass: 'fold-batch-normalization' });
    expect(renamedLayers(notes)).toEqual(new Map([['BatchNormalization1', 'Conv0']]));
  });

  it('goes into a ConvTranspose with groups', async () => {
    const { ops } = await simplified((weights, integers) =>
      chain(
        [1, 4, 3, 3],
        [
          ['ConvTranspose', ['w', 'b'], { group: 2, strides: [2, 2] }],
          ['BatchNormalization', normalization, { epsilon: epsilon(integers) }],
        ],
        {
          initializers: { w: weights('w', 4, 3, 2, 2), b: weights('b', 6), ...statistics(weights, integers, 6) },
        },
      ),
    );
    expect(ops).toEqual(['ConvTranspose']);
  });

  for (const transB of [0, 1]) {
    it(`goes into a Gemm, before and behind it (transB = ${transB})`, async () => {
      const w = (weights: Weights): Tensor => (transB ? weights('w', 5, 4) : weights('w', 4, 5));
      const gemm = { transB, alpha: floatAttribute(2), beta: floatAttribute(3) };
      const { ops } = await simplified((weights, integers) =>
        chain(
          [3, 4],
          [
            ['Gemm', ['w', 'b'], gemm],
            ['BatchNormalization', normalization, { epsilon: epsilon(integers) }],
          ],
          {
            initializers: { w: w(weights), b: weights('b', 1, 5), ...statistics(weights, integers, 5) },
          },
        ),
      );
      expect(ops).toEqual(['Gemm']);
      const behind = await simplified((weights, integers) =>
        chain(
          [3, 4],
          [
            ['BatchNormalization', normalization, { epsilon: epsilon(integers) }],
            ['Gemm', ['w', 'b'], gemm],
          ],
          {
            initializers: { w: w(weights), b: weights('b', 5), ...statistics(weights, integers, 4) },
          },
        ),
      );
      expect(behind.ops).toEqual(['Gemm']);
    });
  }

  it('goes into the Conv behind it only where that sees no padding, or adds nothing to it', async () => {
    const before = (pads: number[], shift: boolean) => (weights: Weights, integers: boolean) =>
      chain(
        [1, 4, 6, 6],
        [
          ['BatchNormalization', normalization, { epsilon: epsilon(integers) }],
          ['Conv', ['w'], { group: 2, pads }],
        ],
        {
          initializers: {
            w: weights('w', 6, 2, 3, 3),
            ...statistics(weights, integers, 4),
            ...(shift ? {} : { shift: Tensor.float32([4], [0, 0, 0, 0]), mean: Tensor.float32([4], [0, 0, 0, 0]) }),
          },
        },
      );
    expect((await simplified(before([0, 0, 0, 0], true))).ops).toEqual(['Conv']);
    expect((await simplified(before([1, 1, 1, 1], true))).ops).toEqual(['BatchNormalization', 'Conv']);
    expect((await simplified(before([1, 1, 1, 1], false))).ops).toEqual(['Conv']);
  });

  it('stays where the value before it is read elsewhere, in a sub-graph too', async () => {
    const branch = (op: string) => buildGraph({ outputs: ['o'], nodes: [[op, ['c'], ['o']]] });
    const { ops } = await simplified((weights, integers) => ({
      inputs: [{ name: 'x', shape: [1, 2, 4, 4] }, { name: 'flag', type: 'bool', shape: [] }],
      outputs: ['y', 'z'],
      nodes: [
        ['Conv', ['x', 'w'], ['c']],
        ['BatchNormalization', ['c', ...normalization], ['y'], { epsilon: epsilon(integers) }],
        ['If', ['flag'], ['z'], { then_branch: branch('Relu'), else_branch: branch('Neg') }],
      ],
      initializers: { w: weights('w', 3, 2, 1, 1), ...statistics(weights, integers, 3) },
    })); // prettier-ignore
    expect(ops).toEqual(['Conv', 'BatchNormalization', 'If']);
  });

  it('leaves weights alone that two layers share', async () => {
    const { ops, model } = await simplified((weights, integers) => ({
      inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
      outputs: ['y', 'z'],
      nodes: [
        ['Conv', ['x', 'w'], ['c']],
        ['BatchNormalization', ['c', ...normalization], ['y'], { epsilon: epsilon(integers) }],
        ['Conv', ['x', 'w'], ['z']],
      ],
      initializers: { w: weights('w', 3, 2, 1, 1), ...statistics(weights, integers, 3) },
    }));
    expect(ops).toEqual(['Conv', 'Conv']);
    expect(model.graph.nodes[1]!.inputs[1]).toBe('w');
  });

  it('is kept rather than folded into infinite weights', async () => {
    const model = buildModel(
      chain(
        [1, 1, 2, 2],
        [
          ['Conv', ['w']],
          ['BatchNormalization', normalization, { epsilon: floatAttribute(0) }],
        ],
        {
          initializers: {
          w: Tensor.float32([1, 1, 1, 1], [1]), scale: Tensor.float32([1], [1]), shift: Tensor.float32([1], [0]), mean: Tensor.float32([1], [0]),
          variance: Tensor.float32([1], [0]),
        }, // prettier-ignore
        },
      ),
    );
    await simplify(model, { runtime, context: plainContext() });
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'BatchNormalization']);
  });
});

describe('arithmetic with a constant per channel', () => {
  it('becomes bias and weights of a Conv', async () => {
    const { ops, notes } = await simplified((weights) =>
      chain(
        [1, 3, 5, 5],
        [
          ['Conv', ['w', 'b']],
          ['Add', ['a']],
          ['Mul', ['m']],
          ['Sub', ['s']],
        ],
        {
          initializers: {
            w: weights('w', 4, 3, 3, 3),
            b: weights('b', 4),
            a: weights('a', 1, 4, 1, 1),
            m: weights('m', 4, 1, 1),
            s: weights('s'),
          },
        },
      ),
    );
    expect(ops).toEqual(['Conv']);
    expect(renamedLayers(notes)).toEqual(new Map([['Add1', 'Conv0'], ['Mul2', 'Conv0'], ['Sub3', 'Conv0']])); // prettier-ignore
  });

  it('makes a Gemm of a MatMul with an addition', async () => {
    const { ops, model } = await simplified((weights) =>
      chain(
        [2, 3],
        [
          ['MatMul', ['w']],
          ['Add', ['a']],
        ],
        { initializers: { w: weights('w', 3, 4), a: weights('a', 4) }, opset: 9 },
      ),
    );
    expect(ops).toEqual(['Gemm']);
    expect(model.graph.nodes[0]!.label).toBe('MatMul0');
  });

  it('stays where it is not per channel, widens the value, or works on three dimensions', async () => {
    for (const dims of [[1, 1, 1, 5], [4], [2, 1, 1, 1, 1], [1, 4, 5, 5]]) {
      const { ops } = await simplified((weights) =>
        chain(
          [1, 4, 5, 5],
          [
            ['Conv', ['w']],
            ['Add', ['a']],
          ],
          { initializers: { w: weights('w', 4, 4, 1, dims.length === 1 ? 2 : 1), a: weights('a', ...dims) } },
        ),
      );
      expect(ops).toEqual(['Conv', 'Add']);
    }
    const three = await simplified((weights) =>
      chain(
        [2, 2, 3],
        [
          ['MatMul', ['w']],
          ['Add', ['a']],
        ],
        { initializers: { w: weights('w', 3, 4), a: weights('a', 4) } },
      ),
    );
    expect(three.ops).toEqual(['MatMul', 'Add']);
  });
});

describe('padding', () => {
  const padded = (pad: BuildNode[3], inputs: string[], conv: BuildNode[3], rest: Record<string, Tensor>) => (weights: Weights) =>
    chain(
      [1, 2, 5, 5],
      [
        ['Pad', inputs, pad],
        ['Conv', ['w'], conv],
      ],
      { initializers: { w: weights('w', 3, 2, 3, 3), ...rest }, opset: 18 },
    );

  it('with zeros goes into the Conv', async () => {
    const pads = Tensor.int64([8], [0, 0, 1, 2, 0, 0, 0, 1]);
    expect((await simplified(padded({}, ['p'], { pads: [1, 1, 0, 0] }, { p: pads }))).ops).toEqual(['Conv']);
    const byAxes = { p: Tensor.int64([4], [1, 2, 0, 1]), a: Tensor.int64([2], [-1, 2]), z: Tensor.float32([], [0]) };
    expect((await simplified(padded({}, ['p', 'z', 'a'], { auto_pad: 'VALID' }, byAxes))).ops).toEqual(['Conv']);
  });

  it('stays where it is not zero, crops, reflects, or reaches other axes', async () => {
    const inside = Tensor.int64([8], [0, 0, 1, 1, 0, 0, 1, 1]);
    for (const [mode, inputs, rest] of [
      [{}, ['p', 'v'], { p: inside, v: Tensor.float32([], [2]) }],
      [{ mode: 'reflect' }, ['p'], { p: inside }],
      [{}, ['p'], { p: Tensor.int64([8], [0, 0, -1, 1, 0, 0, 1, 1]) }],
      [{}, ['p'], { p: Tensor.int64([8], [1, 0, 0, 0, 0, 0, 0, 0]) }],
    ] as [BuildNode[3], string[], Record<string, Tensor>][]) {
      expect((await simplified(padded(mode, inputs, {}, rest))).ops).toEqual(['Pad', 'Conv']);
    }
  });
});

describe('constants and shapes', () => {
  it('computes what depends on constants alone, weights behind a Reshape too', async () => {
    const { ops } = await simplified((weights) => ({
      inputs: [{ name: 'x', shape: [2, 6] }],
      outputs: ['y'],
      nodes: [
        ['Constant', [], ['dims'], { value: Tensor.int64([2], [6, 4]) }],
        ['Constant', [], ['two'], { value_float: floatAttribute(2) }],
        ['Reshape', ['w', 'dims'], ['flat']],
        ['Mul', ['flat', 'two'], ['doubled']],
        ['MatMul', ['x', 'doubled'], ['y']],
      ],
      initializers: { w: weights('w', 2, 3, 4) },
    }));
    expect(ops).toEqual(['MatMul']);
  });

  it('does not undo a quantization, nor draw random numbers once for all, nor make a huge constant', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [2] }],
      outputs: ['y', 'r', 'h'],
      nodes: [
        ['DequantizeLinear', ['q', 's'], ['d']],
        ['Add', ['x', 'd'], ['y']],
        ['RandomNormal', [], ['n'], { shape: [2] }],
        ['Add', ['x', 'n'], ['r']],
        ['ConstantOfShape', ['huge'], ['c']],
        ['ReduceMax', ['c'], ['m'], { keepdims: 0 }],
        ['Add', ['x', 'm'], ['h']],
      ],
      initializers: { q: Tensor.of(3, [2], Int8Array.of(1, 2)), s: Tensor.float32([], [0.5]), huge: Tensor.int64([2], [100_000, 100_000]) },
    });
    await simplify(model, { runtime, context: plainContext() });
    expect(model.graph.nodes.map(({ op }) => op)).toEqual([
      'DequantizeLinear',
      'Add',
      'RandomNormal',
      'Add',
      'ConstantOfShape',
      'ReduceMax',
      'Add',
    ]);
  });

  const flattening = (shape: readonly (number | string)[]) => (): BuildModel => ({
    inputs: [{ name: 'x', shape }],
    outputs: ['y'],
    nodes: [
      ['Shape', ['x'], ['s']],
      ['Gather', ['s', 'zero'], ['n'], { axis: 0 }],
      ['Unsqueeze', ['n', 'axis'], ['n1']],
      ['Concat', ['n1', 'rest'], ['target'], { axis: 0 }],
      ['Reshape', ['x', 'target'], ['y']],
    ],
    initializers: { zero: Tensor.int64([], [0]), axis: Tensor.int64([1], [0]), rest: Tensor.int64([1], [-1]) },
  });

  it('knows computed shapes, with a free batch too', async () => {
    expect((await simplified(flattening([2, 3, 4]))).ops).toEqual(['Reshape']);
    const { ops, model } = await simplified(flattening(['N', 3, 4]));
    expect(ops).toEqual(['Reshape']);
    expect(model.graph.constant(model.graph.nodes[0]!.inputs[1]!)!.toIntegers()).toEqual([0, -1]);
  });
});

describe('nodes that change nothing', () => {
  it('go, and their neighbours keep their names', async () => {
    const { ops, model } = await simplified((weights) => ({
      inputs: [{ name: 'x', shape: [1, 2, 3, 3] }],
      outputs: ['y'],
      nodes: [
        ['Identity', ['x'], ['a']],
        ['Conv', ['a', 'w'], ['b'], {}, { name: '' }],
        ['Dropout', ['b'], ['c', 'mask']],
        ['Cast', ['c'], ['d'], { to: 1 }],
        ['Transpose', ['d'], ['e'], { perm: [0, 1, 2, 3] }],
        ['Concat', ['e'], ['f'], { axis: 1 }],
        ['Identity', ['f'], ['y']],
      ],
      initializers: { w: weights('w', 2, 2, 1, 1) },
    }));
    expect(ops).toEqual(['Conv']);
    expect(model.graph.nodes[0]).toMatchObject({ name: 'b', outputs: ['y'] });
  });

  it('stay between an input and an output', async () => {
    const { ops } = await simplified(() =>
      chain(
        [2, 2],
        [
          ['Identity', []],
          ['Dropout', []],
        ],
        {},
      ),
    );
    expect(ops).toHaveLength(1);
  });

  it('are followed into sub-graphs that read them', async () => {
    const branch = (op: string) => buildGraph({ outputs: ['o'], nodes: [[op, ['a'], ['o']]] });
    const { ops } = await simplified(() => ({
      inputs: [{ name: 'x', shape: [3] }, { name: 'flag', type: 'bool', shape: [] }],
      outputs: ['z'],
      nodes: [['Identity', ['x'], ['a']], ['If', ['flag'], ['z'], { then_branch: branch('Relu'), else_branch: branch('Neg') }]],
    })); // prettier-ignore
    expect(ops).toEqual(['If']);
  });
});
