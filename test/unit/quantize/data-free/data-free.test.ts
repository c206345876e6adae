import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../../src/engine/base/context.ts';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { encodeModel } from '../../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../../src/engine/ops/infer.ts';
import { batchNormStatistics } from '../../../../src/engine/quantize/batch-norm-statistics.ts';
import { dataFreeStatistics } from '../../../../src/engine/quantize/data-free/index.ts';
import { inputNormals } from '../../../../src/engine/quantize/data-free/input-normals.ts';
import { quantizeStatic } from '../../../../src/engine/quantize/static.ts';
import { buildModel, type BuildNode } from '../../../support/model-builder.ts';
import { request, run, runtime, sqnr, weights } from '../support.ts';

const context = plainContext();
const picture = { color: 'rgb', scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], layout: 'nchw' } as const;

/** A value `n` that batch normalization says is N(beta, gamma) by channel, then one node that makes `y` of it. */
function behindNorm(nodes: readonly BuildNode[], more: Record<string, Tensor> = {}): Model {
  return buildModel({
    opset: 18,
    inputs: [{ name: 'x', shape: [1, 2, 64, 64] }],
    outputs: ['y'],
    nodes: [['BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'var'], ['n'], {}], ...nodes],
    initializers: {
      gamma: Tensor.float32([2], [1.5, -0.5]),
      beta: Tensor.float32([2], [0.4, -1]),
      mean: Tensor.float32([2], [0, 0]),
      var: Tensor.float32([2], [1, 1]),
      ...more,
    },
  });
}

const standard = (): Float32Array => {
  const random = seededRandom(3, 'data-free');
  return Float32Array.from({ length: 2 * 64 * 64 }, () => random.normal());
};

describe('statistics without pictures', () => {
  const cases: Record<string, { nodes: readonly BuildNode[]; more?: Record<string, Tensor>; channels?: number }> = {
    relu: { nodes: [['Relu', ['n'], ['y']]] },
    clip: { nodes: [['Clip', ['n', 'zero', 'one'], ['y']]], more: { zero: Tensor.float32([], [0]), one: Tensor.float32([], [1]) } },
    leaky: { nodes: [['LeakyRelu', ['n'], ['y'], { alpha: 0.2 }]] },
    sigmoid: { nodes: [['Sigmoid', ['n'], ['y']]] },
    'hard swish': { nodes: [['HardSwish', ['n'], ['y']]] },
    prelu: { nodes: [['PRelu', ['n', 'slope'], ['y']]], more: { slope: Tensor.float32([2, 1, 1], [0.1, 0.5]) } },
    'constants by channel': {
      nodes: [['Mul', ['n', 'factor'], ['m']], ['Sub', ['m', 'offset'], ['y']]],
      more: { factor: Tensor.float32([1, 2, 1, 1], [2, -3]), offset: Tensor.float32([2, 1, 1], [1, 5]) },
    },
    division: { nodes: [['Div', ['n', 'by'], ['y']]], more: { by: Tensor.float32([], [4]) } },
    negative: { nodes: [['Relu', ['n'], ['r']], ['Neg', ['r'], ['y']]] },
    layer: { nodes: [['Conv', ['n', 'w', 'b'], ['y']]], more: { w: weights('free', [3, 2, 1, 1]), b: Tensor.float32([3], [1, 0, -1]) }, channels: 3 },
    concat: { nodes: [['Relu', ['n'], ['r']], ['Concat', ['n', 'r'], ['y'], { axis: 1 }]], channels: 4 },
  }; // prettier-ignore

  it.each(Object.keys(cases))('%s: means of normal numbers, and a range that holds them', async (name) => {
    const { nodes, more, channels = 2 } = cases[name]!;
    const model = behindNorm(nodes, more);
    const { statistics, means } = dataFreeStatistics({
      model,
      shapes: inferShapes(model),
      batchNorm: batchNormStatistics(model),
      input: undefined,
      values: ['y'],
      kind: 'minmax',
      means: [{ value: 'y', rank: 4, axis: 1, channels }],
    });
    const found = await run(encodeModel(model), [1, 2, 64, 64], standard(), 'none');
    const size = found.length / channels;
    for (let channel = 0; channel < channels; channel++) {
      const own = found.slice(channel * size, (channel + 1) * size);
      // 4096 numbers of deviation up to 3: four standard errors.
      expect(Math.abs(own.reduce((a, b) => a + b, 0) / size - means.get('y')![channel]!)).toBeLessThan(0.2);
    }
    const { low, high } = statistics.get('y')!;
    const [least, most] = [found.reduce((a, b) => Math.min(a, b)), found.reduce((a, b) => Math.max(a, b))];
    expect(low).toBeLessThanOrEqual(least + 1e-5);
    expect(high).toBeGreaterThanOrEqual(most - 1e-5);
    expect(high - low).toBeLessThan(4 * (most - least));
  });

  it('a layer: wider than independent channels make it, narrower than channels that all move together could', () => {
    const channels = 16;
    const filled = (value: number): Tensor => Tensor.float32([channels], new Array(channels).fill(value));
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, channels, 8, 8] }],
      outputs: ['y'],
      nodes: [['BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'var'], ['n'], {}], ['Conv', ['n', 'w'], ['y']]],
      initializers: { gamma: filled(2), beta: filled(0), mean: filled(0), var: filled(1), w: Tensor.float32([1, channels, 1, 1], filled(0.5).toFloat32()) },
    }); // prettier-ignore
    const from = { model, shapes: inferShapes(model), batchNorm: batchNormStatistics(model), input: undefined, means: [] };
    const { low, high } = dataFreeStatistics({ ...from, values: ['y'], kind: 'minmax' }).statistics.get('y')!;
    // 6 · 2 · 0.5 · sqrt(16) if independent, · 16 if together.
    expect(high).toBeCloseTo(6 * Math.sqrt(4 * 16), 3);
    expect(low).toBeCloseTo(-high, 6);
  });

  it('the input is what pixels become', () => {
    const [red] = inputNormals(picture);
    expect(red).toMatchObject({ center: 0, spread: 1, low: -2, high: 2 });
    const [raw] = inputNormals({ ...picture, scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
    expect(raw).toMatchObject({ center: 127.5, low: 0, high: 255 });
    expect(inputNormals({ ...picture, layout: 'nhwc' })).toHaveLength(1);
  });
});

/** Convolutions with batch normalization that says the truth about uniform pictures, through a residual sum. */
function network(names = ['first', 'second']): Model {
  const nodes: BuildNode[] = [];
  const initializers: Record<string, Tensor> = { three: Tensor.float32([4, 3, 3, 3], weights('w first', [4, 3, 3, 3]).toFloat32()) };
  let value = 'x';
  for (const name of names) {
    const inputs = value === 'x' ? 3 : 4;
    initializers[`w ${name}`] = weights(`w ${name}`, [4, inputs, 3, 3]);
    // Its own scale: whatever the convolution makes becomes N(beta, 1) only if mean and var are those of the data; see calibrated().
    for (const [key, fill] of [['gamma', 1], ['beta', 0.5], ['mean', 0], ['var', 1]] as const) initializers[`${key} ${name}`] = Tensor.float32([4], new Array(4).fill(fill)); // prettier-ignore
    nodes.push(['Conv', [value, `w ${name}`], [`c ${name}`], { pads: [1, 1, 1, 1] }]);
    nodes.push(['BatchNormalization', [`c ${name}`, `gamma ${name}`, `beta ${name}`, `mean ${name}`, `var ${name}`], [`n ${name}`], {}]);
    nodes.push(['Relu', [`n ${name}`], [`r ${name}`]]);
    value = `r ${name}`;
  }
  nodes.push(
    ['Add', [`r ${names[0]!}`, value], ['s']],
    ['GlobalAveragePool', ['s'], ['p']],
    ['Flatten', ['p'], ['f']],
    ['Gemm', ['f', 'g'], ['y']],
  );
  initializers['g'] = weights('classes', [4, 5]);
  return buildModel({ inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }], outputs: ['y'], nodes, initializers });
}

function pixels(seed: number): Float32Array {
  const random = seededRandom(seed, 'pixels');
  return Float32Array.from({ length: 192 }, () => (random.integer(256) / 255 - 0.5) / 0.25);
}

/** Sets each normalization's mean and variance to those of its input, from first to last. */
async function calibrated(): Promise<Model> {
  const model = network();
  for (const name of ['first', 'second']) {
    const tapped = network();
    for (const [key, tensor] of model.graph.initializers) tapped.graph.initializers.set(key, tensor);
    tapped.graph.outputs = [{ name: `c ${name}` }];
    const [sums, squares] = [new Float64Array(4), new Float64Array(4)];
    for (let seed = 0; seed < 10; seed++) {
      const found = await run(encodeModel(tapped), [1, 3, 8, 8], pixels(seed), 'none');
      found.forEach((x, i) => {
        sums[Math.floor(i / 64)]! += x / 640;
        squares[Math.floor(i / 64)]! += x ** 2 / 640;
      });
    }
    model.graph.initializers.set(`mean ${name}`, Tensor.float32([4], sums));
    model.graph.initializers.set(
      `var ${name}`,
      Tensor.float32(
        [4],
        squares.map((square, i) => square - sums[i]! ** 2),
      ),
    );
  }
  return model;
}

describe('statistics: batch-norm', () => {
  const free = { statistics: 'batch-norm' };

  it('quantizes from the model alone, nearly as if it had seen pictures', async () => {
    const bytes = encodeModel(await calibrated());
    for (const different of [
      {},
      { calibrate: 'mse' },
      { granularity: 'tensor', equalize: true, 'absorb-bias': true },
      { scales: 'power-of-two' },
    ]) {
      const { model, layers } = await quantizeStatic(await calibrated(), request({ ...free, ...different }), {
        runtime,
        context,
        input: picture,
      });
      expect(layers.filter(({ weights: own }) => own)).toHaveLength(3);
      const [expected, found]: [number[], number[]] = [[], []];
      for (let seed = 20; seed < 26; seed++) {
        expected.push(...(await run(bytes, [1, 3, 8, 8], pixels(seed), 'none')));
        found.push(...(await run(encodeModel(model), [1, 3, 8, 8], pixels(seed), 'none')));
      }
      expect(sqnr(expected, found), JSON.stringify(different)).toBeGreaterThan('scales' in different ? 20 : 26);
    }
  });

  it('says what is missing', async () => {
    const bare = (): Model =>
      buildModel({
        inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
        outputs: ['y'],
        nodes: [['Conv', ['x', 'w'], ['y']]],
        initializers: { w: weights('bare', [4, 3, 3, 3]) },
      });
    await expect(quantizeStatic(bare(), request(free), { runtime, context, input: picture })).rejects.toMatchObject({
      code: 'quantize.no-batch-norm',
    });
    await expect(quantizeStatic(network(), request(free), { runtime, context })).rejects.toMatchObject({ code: 'quantize.input-range' });
    await expect(
      quantizeStatic(network(), request({ ...free, round: 'layer' }), { runtime, context, input: picture }),
    ).rejects.toMatchObject({
      code: 'quantize.no-pictures',
    });
    const odd = behindNorm([['Exp', ['n'], ['e']], ['Conv', ['e', 'w'], ['y'], {}, { name: 'last' }]], { w: weights('odd', [3, 2, 1, 1]) }); // prettier-ignore
    await expect(quantizeStatic(odd, request(free), { runtime, context, input: picture })).rejects.toMatchObject({
      code: 'quantize.unknown-range',
      message: expect.stringContaining('which Exp makes') as string,
    });
  });
});
