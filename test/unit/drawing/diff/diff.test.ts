import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffModels, type Diff, type DiffSource } from '../../../../src/engine/drawing/diff/diff.ts';
import { commonWeights, compareWeights } from '../../../../src/engine/drawing/diff/weights.ts';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { scanModel } from '../../../../src/engine/onnx/scan.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import type { DiffNode } from '../../../../src/protocol/diff.ts';
import { shape } from '../../../../src/protocol/format.ts';
import { buildModel, type BuildModel, type BuildNode } from '../../../support/model-builder.ts';
import { temporaryFolder } from '../../data/files.ts';

const never = new AbortController().signal;
const diff = (a: Model, b: Model): Promise<Diff> => diffModels({ model: a, fileBytes: 100 }, { model: b, fileBytes: 40 }, never);
const named = ({ view }: Diff, name: string): DiffNode => view.nodes.find(({ names }) => names.a === name || names.b === name)!;
const idOf = ({ view }: Diff, name: string): number => view.nodes.indexOf(named({ view } as Diff, name));

const values = (count: number, factor = 1): number[] => Array.from({ length: count }, (_, i) => Math.sin(i + 1) * factor);
const conv = { kernel_shape: [1, 1] };
const network = (nodes: readonly BuildNode[], initializers: BuildModel['initializers'], more: Partial<BuildModel> = {}): Model =>
  buildModel({ inputs: [{ name: 'x', shape: ['N', 2, 4, 4] }], outputs: [{ name: 'y' }], nodes, initializers, ...more });
const chain = (channels: number): Model =>
  network(
    [
      ['Conv', ['x', 'w1'], ['c'], conv, { name: 'conv' }],
      ['Relu', ['c'], ['r'], {}, { name: 'relu' }],
      ['Conv', ['r', 'w2'], ['y'], conv, { name: 'last' }],
    ],
    { w1: Tensor.float32([channels, 2, 1, 1], values(2 * channels)), w2: Tensor.float32([2, channels, 1, 1], values(2 * channels)) },
  );

const quantization = {
  s: Tensor.float32([], [1 / 64]),
  z: Tensor.of(DataType.int8, [], Int8Array.of(0)),
  u: Tensor.of(DataType.uint8, [], Uint8Array.of(0)),
};
const codes = values(8).map((value) => Math.round(value * 64));
const quantized = (): Model =>
  network(
    [
      ['DequantizeLinear', ['w1q', 's', 'z'], ['w1'], {}, { name: 'w1/dq' }],
      ['Conv', ['x', 'w1'], ['c'], conv, { name: 'conv' }],
      ['Relu', ['c'], ['r'], {}, { name: 'relu' }],
      ['QuantizeLinear', ['r', 's', 'u'], ['rq'], {}, { name: 'r/q' }],
      ['DequantizeLinear', ['rq', 's', 'u'], ['rd'], {}, { name: 'r/dq' }],
      ['Conv', ['rd', 'w2'], ['y'], conv, { name: 'last' }],
    ],
    { ...quantization, w1q: Tensor.of(DataType.int8, [4, 2, 1, 1], Int8Array.from(codes)), w2: Tensor.float32([2, 4, 1, 1], values(8)) },
  );

describe('two models in one drawing', () => {
  it('a model and itself: nothing but sameness', async () => {
    const { view } = await diff(chain(4), chain(4));
    expect(view.nodes.map(({ status, changes }) => [status, changes])).toEqual(view.nodes.map(() => ['same', []]));
    expect(view.graph.nodes).toHaveLength(5);
    expect(view.models.a).toEqual({ ...view.models.b, fileBytes: 100 });
  });

  it('pruned channels stand beside each other: in words, on edges, in figures', async () => {
    const result = await diff(chain(4), chain(3));
    const { view } = result;
    expect(named(result, 'conv')).toMatchObject({
      status: 'changed',
      changes: ['weights 4×2×1×1 → 3×2×1×1', 'output N×4×4×4 → N×3×4×4'],
      channels: [4, 3],
      parameters: [8, 6],
    });
    expect(named(result, 'relu')).toMatchObject({ status: 'changed', kinds: ['shape'] });
    const edge = view.graph.edges.find(({ from }) => from === idOf(result, 'conv'))!;
    expect(shape(view.graph.values[edge.value]!.shape)).toBe('N×4→3×4×4');
  });

  it('is done piece by piece: says how far it is, others work in between, and it can be ended', async () => {
    const told: number[] = [];
    const stop = new AbortController();
    const models = [chain(4), quantized()].map((model) => ({ model, fileBytes: 1 })) as [DiffSource, DiffSource];
    await diffModels(...models, never, (done) => told.push(done));
    expect(told.length).toBeGreaterThan(4);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    setImmediate(() => setImmediate(() => stop.abort()));
    await expect(diffModels(...models, stop.signal)).rejects.toThrow('cancelled');
  });

  it('quantizers belong to what they round, and are drawn where they are asked for, under the same ids', async () => {
    const result = await diff(chain(4), quantized());
    const { view } = result;
    const withQuantizers = result.withQuantizers();
    expect(named(result, 'conv')).toMatchObject({ status: 'changed', changes: ['weights float32 → int8'], bits: [32, 8] });
    expect(named(result, 'relu').changes).toEqual(['output float → uint8']);
    expect(named(result, 'last')).toMatchObject({ status: 'same', changes: [] });
    for (const name of ['r/q', 'r/dq']) {
      const id = idOf(result, name);
      expect(view.nodes[id]).toMatchObject({ status: 'added', part: true });
      expect(view.graph.nodes[id]!.into).toBe(idOf(result, 'relu'));
      expect(withQuantizers.nodes[id]!.into).toBeUndefined();
    }
    expect(view.graph.edges.some(({ from, to }) => from === idOf(result, 'relu') && to === idOf(result, 'last'))).toBe(true);
    expect(withQuantizers.edges.some(({ from, to }) => from === idOf(result, 'r/dq') && to === idOf(result, 'last'))).toBe(true);
    expect(view.models.b.bits).toEqual([
      [8, 1],
      [32, 1],
    ]);
  });

  it('a folded normalization is told where it went, an activation that is gone is only gone', async () => {
    const four = Tensor.float32([4], [1, 2, 3, 4]);
    const before = network(
      [
        ['Conv', ['x', 'w1'], ['c'], conv, { name: 'conv' }],
        ['BatchNormalization', ['c', 'four', 'four', 'four', 'four'], ['n'], {}, { name: 'norm' }],
        ['Relu', ['n'], ['r'], {}, { name: 'relu' }],
        ['Conv', ['r', 'w2'], ['y'], conv, { name: 'last' }],
      ],
      { w1: Tensor.float32([4, 2, 1, 1], values(8)), w2: Tensor.float32([2, 4, 1, 1], values(8)), four },
    );
    const after = network(
      [
        ['Conv', ['x', 'w1', 'four'], ['c'], conv, { name: 'conv' }],
        ['Conv', ['c', 'w2'], ['y'], conv, { name: 'last' }],
      ],
      { w1: Tensor.float32([4, 2, 1, 1], values(8, 2)), w2: Tensor.float32([2, 4, 1, 1], values(8)), four },
    );
    const result = await diff(before, after);
    expect(named(result, 'conv').changes).toEqual(['other weights', 'bias added']);
    expect(named(result, 'norm')).toMatchObject({ status: 'removed', changes: ['folded into conv'] });
    expect(named(result, 'relu')).toMatchObject({ status: 'removed', changes: [] });
    // The values are compared with the normalization where it was: γ / √(σ² + ε).
    const [a, b] = [result.matching.a.units[0]!, result.matching.b.units[0]!];
    const pair = await compareWeights(result.matching, a, b, 1, never);
    const folded = values(8).map((value, i) => (value * four.toFloat64()[i >> 1]!) / Math.sqrt(four.toFloat64()[i >> 1]! + 1e-5));
    const error = folded.map((value, i) => value - Math.fround(values(8, 2)[i]!));
    const power = (list: readonly number[]): number => list.reduce((sum, value) => sum + value * value, 0);
    expect(pair.folded).toBe(true);
    expect(pair.sqnr).toBeCloseTo(10 * Math.log10(power(folded) / power(error)), 4);
  });

  it('integer operators are the operators they stand for', async () => {
    const float = network([['Conv', ['x', 'w'], ['y'], conv, { name: 'conv' }]], { w: Tensor.float32([4, 2, 1, 1], values(8)) });
    const integer = network(
      [
        ['QuantizeLinear', ['x', 's', 'u'], ['xq'], {}, { name: 'q' }],
        ['QLinearConv', ['xq', 's', 'u', 'wq', 's', 'z', 's', 'u'], ['yq'], conv, { name: 'conv_quant' }],
        ['DequantizeLinear', ['yq', 's', 'u'], ['y'], {}, { name: 'dq' }],
      ],
      { ...quantization, wq: Tensor.of(DataType.int8, [4, 2, 1, 1], Int8Array.from(codes)) },
    );
    const result = await diff(float, integer);
    expect(named(result, 'conv')).toMatchObject({ status: 'changed', names: { a: 'conv', b: 'conv_quant' } });
    expect(named(result, 'conv').changes.slice(0, 2)).toEqual(['Conv → QLinearConv', 'weights float32 → int8']);
  });

  it('what lies in sub-graphs is matched with what it lies in', async () => {
    const branch = (op: string): BuildModel => ({ outputs: ['b'], nodes: [[op, ['x'], ['b'], {}, { name: `in ${op}` }]] });
    const model = (op: string): Model => {
      const { graph: then } = buildModel(branch('Relu'));
      const { graph: otherwise } = buildModel(branch(op));
      return network(
        [['If', ['cond'], ['y'], { then_branch: then, else_branch: otherwise }, { name: 'if' }]],
        {},
        {
          inputs: [
            { name: 'x', shape: [1, 2] },
            { name: 'cond', type: 'bool', shape: [] },
          ],
        },
      );
    };
    const result = await diff(model('Tanh'), model('Sigmoid'));
    expect(named(result, 'if')).toMatchObject({ status: 'changed', kinds: ['attributes'] });
    expect(['in Relu', 'in Tanh', 'in Sigmoid'].map((name) => named(result, name).status)).toEqual(['same', 'removed', 'added']);
  });
});

describe('weights of a pair', () => {
  const folder = temporaryFolder();
  const save = (name: string, model: Model): string => {
    const file = path.join(folder, name);
    writeFileSync(file, encodeModel(model));
    return file;
  };

  it('are read from their files and compared with what the integers stand for, channel by channel', async () => {
    const result = await diff(await scanModel(save('float.onnx', chain(4))), await scanModel(save('int.onnx', quantized())));
    const [a, b] = [result.matching.a.units[0]!, result.matching.b.units[0]!];
    expect(commonWeights(a, b)).toEqual([1]);
    const pair = await compareWeights(result.matching, a, b, 1, never);
    const floats = values(8).map(Math.fround);
    const back = codes.map((code) => code / 64);
    const decibels = (indices: readonly number[]): number => {
      const power = (of: (i: number) => number): number => indices.reduce((sum, i) => sum + of(i) ** 2, 0);
      return 10 * Math.log10(power((i) => floats[i]!) / power((i) => floats[i]! - back[i]!));
    };
    expect(pair.sqnr).toBeCloseTo(decibels([0, 1, 2, 3, 4, 5, 6, 7]), 6);
    expect(pair.types).toEqual(['float32', 'int8']);
    expect(pair.channels).toHaveLength(4);
    for (const { channel, sqnr } of pair.channels) expect(sqnr).toBeCloseTo(decibels([2 * channel, 2 * channel + 1]), 6);
    expect(pair.channels.map(({ sqnr }) => sqnr)).toEqual([...pair.channels.map(({ sqnr }) => sqnr!)].sort((x, y) => x - y));
    expect(pair.channels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    for (const counts of pair.counts) expect(counts.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(pair.reach).toEqual([-2, 127 / 64]);
    expect(pair.clipped).toBe(0);
  });

  it('that were cut off are counted', async () => {
    const wide = network([['Conv', ['x', 'w'], ['y'], conv, { name: 'conv' }]], {
      w: Tensor.float32([4, 2, 1, 1], [9, -9, 1, 0.5, 0, 1, 1, 1]),
    });
    const narrow = network(
      [
        ['DequantizeLinear', ['wq', 's', 'z'], ['w'], {}, { name: 'dq' }],
        ['Conv', ['x', 'w'], ['y'], conv, { name: 'conv' }],
      ],
      { ...quantization, wq: Tensor.of(DataType.int8, [4, 2, 1, 1], Int8Array.of(127, -128, 64, 32, 0, 64, 64, 64)) },
    );
    const { matching } = await diff(wide, narrow);
    const pair = await compareWeights(matching, matching.a.units[0]!, matching.b.units[0]!, 1, never);
    expect(pair.clipped).toBe(2);
    expect([pair.low, pair.high]).toEqual([-9, 9]);
  });

  it('of different shapes have histograms and no error', async () => {
    const { matching } = await diff(chain(4), chain(3));
    const pair = await compareWeights(matching, matching.a.units[0]!, matching.b.units[0]!, 1, never);
    expect(pair.sqnr).toBeUndefined();
    expect(pair.counts.map((counts) => counts.reduce((sum, count) => sum + count, 0))).toEqual([8, 6]);
  });
});
