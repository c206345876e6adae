import { beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../../src/engine/base/context.ts';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { removeChannels } from '../../../../src/engine/prune/apply.ts';
import { compensate, eliminationCurves, type CompensationDependencies } from '../../../../src/engine/prune/compensate/index.ts';
import { LayerResiduals } from '../../../../src/engine/prune/compensate/residuals.ts';
import { repairsBehind } from '../../../../src/engine/prune/compensate/repairs.ts';
import { productOf } from '../../../../src/engine/prune/compensate/product.ts';
import { couplingOf } from '../../../../src/engine/prune/groups/index.ts';
import type { Removal } from '../../../../src/engine/prune/groups/types.ts';
import { createOrtRuntime } from '../../../../src/engine/runtime/ort-node.ts';
import { asIs } from '../../../../src/engine/statistics/layer-sample.ts';
import { noiseDataset } from '../../../support/fake-dataset.ts';
import { buildModel, type BuildNode } from '../../../support/model-builder.ts';

let dependencies: CompensationDependencies;
const dataset = noiseDataset(24, [3, 8, 8]);

beforeAll(async () => {
  dependencies = { runtime: await createOrtRuntime(), context: plainContext(), dataset };
});

/** Numbers from a seed; `twins`: rows (first axis) that are copies of others. */
function numbers(name: string, dims: readonly number[], twins: readonly (readonly [copy: number, of: number])[] = []): Tensor {
  const random = seededRandom(0, name);
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.4 * random.normal());
  const row = values.length / dims[0]!;
  for (const [copy, of] of twins) values.copyWithin(copy * row, of * row, (of + 1) * row);
  return Tensor.float32(dims, values);
}

/** Two channels of `first` say the same as two others, so that they can go without loss. */
const twins = [[4, 1], [5, 2]] as const; // prettier-ignore

interface Parts {
  readonly nodes: readonly BuildNode[];
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly output?: readonly number[];
}

const model = ({ nodes, tensors, output = [1, 4, 8, 8] }: Parts): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
    outputs: [{ name: 'y', shape: output }],
    nodes: [['Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, { name: 'first' }], ['Relu', ['c1'], ['r1']], ...nodes],
    initializers: { w1: numbers('w1', [6, 3, 3, 3], twins), b1: numbers('b1', [6], twins), ...tensors },
  });

const plain = (): Model =>
  model({
    nodes: [['Conv', ['r1', 'w2'], ['y'], { pads: [1, 1, 1, 1] }, { name: 'second' }]],
    tensors: { w2: numbers('w2', [4, 6, 3, 3]) },
  });

const networks: readonly (readonly [string, () => Model])[] = [
  ['a convolution without a bias', plain],
  [
    'batch normalization behind it',
    () =>
      model({
        nodes: [
          ['Conv', ['r1', 'w2'], ['c2'], { pads: [1, 1, 1, 1] }, { name: 'second' }],
          ['BatchNormalization', ['c2', 'gamma', 'beta', 'mean', 'variance'], ['y']],
        ],
        tensors: {
          w2: numbers('w2', [4, 6, 3, 3]),
          gamma: Tensor.float32([4], [1, -0.5, 2, 0]),
          beta: Tensor.float32([4], [0.1, 0.2, -0.3, 0.4]),
          mean: Tensor.float32([4], [0.5, -1, 0, 1]),
          variance: Tensor.float32([4], [1, 4, 0.25, 1]),
        },
      }),
  ],
  [
    'depthwise in between, and a shortcut',
    () =>
      model({
        nodes: [
          ['Conv', ['r1', 'wd', 'bd'], ['d'], { pads: [1, 1, 1, 1], group: 6 }, { name: 'depthwise' }],
          ['Clip', ['d', 'low', 'high'], ['rd']],
          ['Conv', ['rd', 'w2', 'b2'], ['c2'], {}, { name: 'second' }],
          ['Conv', ['x', 'ws'], ['s'], {}, { name: 'beside' }],
          ['Add', ['c2', 's'], ['a']],
          ['Relu', ['a'], ['y']],
        ],
        tensors: {
          wd: numbers('wd', [6, 1, 3, 3], twins),
          bd: numbers('bd', [6], twins),
          low: Tensor.float32([], [0]),
          high: Tensor.float32([], [6]),
          w2: numbers('w2', [4, 6, 1, 1]),
          b2: numbers('b2', [4]),
          ws: numbers('ws', [4, 3, 1, 1]),
        },
      }),
  ],
  [
    'Flatten and Gemm',
    () =>
      model({
        nodes: [
          ['AveragePool', ['r1'], ['p'], { kernel_shape: [4, 4], strides: [4, 4] }],
          ['Flatten', ['p'], ['f']],
          ['Gemm', ['f', 'w2', 'b2'], ['y'], { alpha: 0.5, beta: 1.5 }, { name: 'second' }],
        ],
        tensors: { w2: numbers('w2', [24, 4]), b2: numbers('b2', [4]) },
        output: [1, 4],
      }),
  ],
  [
    'a transposed convolution, which is looked at channel by channel',
    () =>
      model({
        nodes: [['ConvTranspose', ['r1', 'w2', 'b2'], ['y'], {}, { name: 'second' }]],
        tensors: { w2: numbers('w2', [6, 4, 1, 1]), b2: numbers('b2', [4]) },
      }),
  ],
];

async function outputs(made: Model): Promise<Float32Array[]> {
  const session = await dependencies.runtime.load(encodeModel(made), { optimize: 'none', threads: 1 });
  const found: Float32Array[] = [];
  for await (const { input } of dataset.stream({ signal: new AbortController().signal })) {
    found.push((await session.run({ x: { ...input, dims: [1, ...input.dims] } }))['y']!.data as Float32Array);
  }
  await session.dispose();
  return found;
}

/** Squared distance as a share of the first one's squares. */
async function distance(a: Model, b: Model): Promise<number> {
  const [ours, theirs] = [await outputs(a), await outputs(b)];
  const sum = (of: (i: number, k: number) => number): number =>
    ours.reduce((total, values, i) => total + values.reduce((rest, _, k) => rest + of(i, k), 0), 0);
  return sum((i, k) => (ours[i]![k]! - theirs[i]![k]!) ** 2) / sum((i, k) => ours[i]![k]! ** 2);
}

const firstOf = (removal: readonly number[]): Removal => new Map([['first', removal]]);

describe('elimination curves', () => {
  it.each(networks)('take the channels that others can stand for first, at no cost: %s', async (_, network) => {
    const made = network();
    const curves = await eliminationCurves(made, couplingOf(made), dependencies);
    const curve = curves.find(({ group }) => group === 'first')!;
    const twin = (channel: number): number => twins.find((pair) => (pair as readonly number[]).includes(channel))?.[0] ?? -1;
    expect(new Set(curve.order.slice(0, 2).map(twin))).toEqual(new Set([4, 5]));
    expect(curve.order).toHaveLength(5);
    expect(Math.max(...curve.increases.slice(0, 2))).toBeLessThan(0.5 * curve.increases[2]!);
  });
});

describe('compensation', () => {
  it.each(networks.slice(0, -1))('gives back what the original computes where other channels say the same: %s', async (_, network) => {
    const original = network();
    const coupling = couplingOf(original);
    const removal = firstOf([4, 5]);
    const pruned = removeChannels(original, coupling, removal);
    const cut = await distance(original, pruned);
    const { layers } = await compensate(pruned, original, coupling, removal, dependencies);
    expect(cut).toBeGreaterThan(0.01);
    expect(await distance(original, pruned)).toBeLessThan(2e-4);
    expect(layers.at(-1)).toMatchObject({ layer: 'second' });
    expect(layers.at(-1)!.after).toBeLessThan(1e-2 * layers.at(-1)!.before);
  });

  it.each(networks)('brings the outputs nearer where the channels were needed: %s', async (_, network) => {
    const original = network();
    const coupling = couplingOf(original);
    const removal = firstOf([0, 1, 3, 4]);
    const pruned = removeChannels(original, coupling, removal);
    const cut = await distance(original, pruned);
    await compensate(pruned, original, coupling, removal, dependencies);
    expect(await distance(original, pruned)).toBeLessThan(0.9 * cut);
  });

  it('gives new weights only to the readers of a cut where that is asked for', async () => {
    const original = networks[0]![1]();
    const coupling = couplingOf(original);
    const removal = firstOf([0, 1]);
    const repaired = async (reach: 'all' | 'readers'): Promise<string[]> => {
      const pruned = removeChannels(original, coupling, removal);
      return (await compensate(pruned, original, coupling, removal, { ...dependencies, reach })).layers.map(({ layer }) => layer);
    };
    const readers = coupling.groups
      .filter(({ name }) => removal.has(name))
      .flatMap(({ slices }) => slices.filter(({ role }) => role === 'consumes').map(({ node }) => node.label));
    const [all, near] = [await repaired('all'), await repaired('readers')];
    expect(near).toEqual(all.filter((layer) => readers.includes(layer)));
    expect(near.length).toBeGreaterThan(0);
  });

  it('says where it can only restore means and variances', async () => {
    const original = networks.at(-1)![1]();
    const coupling = couplingOf(original);
    const pruned = removeChannels(original, coupling, firstOf([0, 3]));
    const { layers } = await compensate(pruned, original, coupling, firstOf([0, 3]), dependencies);
    expect(layers[0]).toMatchObject({ layer: 'second', rescaled: expect.stringMatching(/^ConvTranspose/) as string });
  });

  it('names the layers that it leaves alone, and why', async () => {
    const shared: Parts = {
      nodes: [
        ['Conv', ['r1', 'w2'], ['c2'], {}, { name: 'second' }],
        ['Conv', ['r1', 'w2'], ['c3'], {}, { name: 'third' }],
        ['Add', ['c2', 'c3'], ['y']],
      ],
      tensors: { w2: numbers('w2', [4, 6, 1, 1]) },
    };
    const halves: Parts = {
      nodes: [
        ['Cast', ['r1'], ['h1'], { to: DataType.float16 }],
        ['Conv', ['h1', 'w2'], ['h2'], {}, { name: 'second' }],
        ['Cast', ['h2'], ['y'], { to: DataType.float32 }],
      ],
      tensors: { w2: Tensor.of(DataType.float16, [4, 6, 1, 1], new Uint16Array(24)) },
    };
    const leftOf = async (parts: Parts): Promise<unknown> => {
      const original = model(parts);
      const coupling = couplingOf(original);
      const pruned = removeChannels(original, coupling, firstOf([0, 3]));
      return (await compensate(pruned, original, coupling, firstOf([0, 3]), dependencies)).left;
    };
    const reason = 'other layers use its weights too';
    expect(await leftOf(shared)).toEqual([{ name: 'second', reason }, { name: 'third', reason }]); // prettier-ignore
    expect(await leftOf(halves)).toEqual([{ name: 'second', reason: 'its weights are stored as float16' }]);
  });

  it('solves wide layers side by side one after the other, so that their moments are not held at once', () => {
    const branches = ['b0', 'b1', 'b2', 'b3', 'b4'];
    const [wide, narrow] = [1500, 8];
    const { graph } = buildModel({
      inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
      outputs: [{ name: 'y', shape: [1, narrow * branches.length, 8, 8] }],
      nodes: [
        ['Conv', ['x', 'w1'], ['c1'], {}, { name: 'first' }],
        ...branches.map((name): BuildNode => ['Conv', ['c1', `w-${name}`], [name], {}, { name }]),
        ['Concat', branches, ['y'], { axis: 1 }],
      ],
      initializers: {
        w1: numbers('w1', [wide, 3, 1, 1]),
        ...Object.fromEntries(branches.map((name) => [`w-${name}`, numbers(name, [narrow, wide, 1, 1])])),
      },
    });
    const { repairs } = repairsBehind(graph, graph, new Set(['c1', ...branches]));
    const stages = repairs.filter(({ node }) => branches.includes(node.label)).map(({ stage }) => stage);
    const each = (8 * wide * (wide + narrow)) / 2 ** 20;
    const fit = Math.floor(64 / each);
    expect(stages.map((stage) => stage - stages[0]!)).toEqual(branches.map((_, i) => Math.floor(i / fit)));
  });

  it('leaves batch normalization with the means and variances that the layer now has', async () => {
    const original = networks[1]![1]();
    const coupling = couplingOf(original);
    const removal = firstOf([0, 3]);
    const pruned = removeChannels(original, coupling, removal);
    await compensate(pruned, original, coupling, removal, dependencies);
    const normalization = pruned.graph.nodes.find(({ op }) => op === 'BatchNormalization')!;
    const [mean, variance] = [3, 4].map((index) => pruned.graph.constant(normalization.inputs[index]!)!.toFloat64());
    pruned.graph.outputs = [{ name: 'c2', type: { kind: 'tensor', elementType: DataType.float32, shape: [1, 4, 8, 8] } }];
    const session = await dependencies.runtime.load(encodeModel(pruned), { optimize: 'none', threads: 1 });
    const seen: number[][] = [[], [], [], []];
    for await (const { input } of dataset.stream({ signal: new AbortController().signal })) {
      const { data } = (await session.run({ x: { ...input, dims: [1, ...input.dims] } }))['c2']!;
      (data as Float32Array).forEach((value, i) => seen[Math.floor(i / 64)]!.push(value));
    }
    await session.dispose();
    // The fourth channel's factor is 0: it is left alone.
    for (const channel of [0, 1, 2]) {
      const own = seen[channel]!.reduce((a, b) => a + b, 0) / seen[channel]!.length;
      expect(mean![channel]).toBeCloseTo(own, 3);
      expect(variance![channel]).toBeCloseTo(seen[channel]!.reduce((sum, value) => sum + (value - own) ** 2, 0) / seen[channel]!.length, 3);
    }
  });

  it('gives the same bytes again, leaves the original as it is, and does nothing where nothing is gone', async () => {
    const original = networks[2]![1]();
    const before = encodeModel(original);
    const coupling = couplingOf(original);
    const removal = firstOf([0, 5]);
    const run = async (): Promise<Uint8Array> => {
      const pruned = removeChannels(original, coupling, removal);
      await compensate(pruned, original, coupling, removal, dependencies);
      return encodeModel(pruned);
    };
    expect(Buffer.from(await run()).equals(await run())).toBe(true);
    expect(Buffer.from(encodeModel(original)).equals(before)).toBe(true);
    expect(await compensate(removeChannels(original, coupling, new Map()), original, coupling, new Map(), dependencies)).toEqual({
      layers: [],
      left: [],
    });
  });

  it('is cancelled while pictures run through', async () => {
    const original = plain();
    const coupling = couplingOf(original);
    for (const phase of ['moments', 'compensate']) {
      const abort = new AbortController();
      const progress = { report: (at: { phase: string; done: number }) => void (at.phase === phase && at.done > 3 && abort.abort()) };
      const cancelled = { ...dependencies, context: plainContext({ signal: abort.signal, progress }) };
      const pruned = removeChannels(original, coupling, firstOf([0]));
      const job = phase === 'moments' ? eliminationCurves(original, coupling, cancelled) : compensate(pruned, original, coupling, firstOf([0]), cancelled); // prettier-ignore
      await expect(job).rejects.toThrow(/abort|cancel/i);
    }
  });
});

describe('what is lacking behind an activation function', () => {
  it('is what a loop over all positions finds', async () => {
    const made = model({
      nodes: [['Conv', ['r1', 'w2', 'b2'], ['y'], {}, { name: 'second' }]],
      tensors: { w2: numbers('w2', [4, 6, 1, 1]), b2: numbers('b2', [4]) },
    });
    const product = productOf(made.graph, made.graph.nodes.at(-1)!)!;
    const random = seededRandom(3, 'residuals');
    const tensor = (channels: number) => ({
      type: DataType.float32,
      dims: [1, channels, 4, 4],
      data: Float32Array.from({ length: 16 * channels }, () => random.normal()),
    });
    const residuals = new LayerResiduals(product, { low: 0, high: 1 }, dependencies, { left: 1e6 });
    const samples = Array.from({ length: 3 }, () => ({ input: tensor(6), target: tensor(4), skip: tensor(4) }));
    for (const [index, { input, target, skip }] of samples.entries()) {
      await residuals.add({ input: asIs(input), target: [asIs(target)] }, asIs(skip), index);
    }
    const offsets = Float64Array.of(0.1, -0.2, 0.3, 0);
    const found = await residuals.measure(product.weights, offsets);
    await residuals.dispose();
    const cross = new Float64Array(6 * 4);
    let error = 0;
    for (const { input, target, skip } of samples) {
      for (let at = 0; at < 16; at++) {
        for (let o = 0; o < 4; o++) {
          const wanted = target.data[o * 16 + at]! + skip.data[o * 16 + at]!;
          let is = offsets[o]! + skip.data[o * 16 + at]!;
          for (let i = 0; i < 6; i++) is += product.weights[o * 6 + i]! * input.data[i * 16 + at]!;
          const lacking = wanted <= 0 ? Math.min(0, -is) : wanted >= 1 ? Math.max(0, 1 - is) : wanted - is;
          error += lacking ** 2 / 48;
          for (let i = 0; i < 6; i++) cross[i * 4 + o]! += (input.data[i * 16 + at]! * lacking) / 48;
        }
      }
    }
    expect(found.error).toBeCloseTo(error, 4);
    found.cross.forEach((value, i) => expect(value).toBeCloseTo(cross[i]!, 4));
  });
});
