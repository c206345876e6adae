import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { dequantizeValue, grid, quantizeValue } from '../../../src/engine/quantize/scheme.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import type { QuantizeResult } from '../../../src/engine/quantize/types.ts';
import { buildModel, type BuildModel } from '../../support/model-builder.ts';
import { dependencies, noise, optimizedOperators, request, run, sqnr, weights } from './support.ts';

const picture = [3, 8, 8];
const io = { inputs: [{ name: 'x', shape: ['N', ...picture] }], outputs: ['y'] };

/** conv-relu, conv-clip, residual add, max pool, concat, resize, average pool, gemm: what CNNs are made of. */
const network = (): Model =>
  buildModel({
    ...io,
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, { name: 'first' }],
      ['Relu', ['c1'], ['r1']],
      ['Conv', ['r1', 'w2'], ['c2'], { pads: [1, 1, 1, 1] }, { name: 'second' }],
      ['Clip', ['c2', 'zero', 'six'], ['k2']],
      ['Add', ['r1', 'k2'], ['a']],
      ['Relu', ['a'], ['ra']],
      ['MaxPool', ['ra'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Resize', ['p', '', 'scales'], ['u'], { mode: 'nearest' }],
      ['Concat', ['u', 'r1'], ['j'], { axis: 1 }],
      ['Conv', ['j', 'w3', 'b3'], ['c3'], {}, { name: 'third' }],
      ['LeakyRelu', ['c3'], ['l3'], { alpha: 0.1 }],
      ['GlobalAveragePool', ['l3'], ['g']],
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'w4', 'b4'], ['y'], { transB: 1 }, { name: 'classifier' }],
    ],
    initializers: {
      w1: weights('w1', [4, 3, 3, 3]), b1: weights('b1', [4]), w2: weights('w2', [4, 4, 3, 3]), w3: weights('w3', [6, 8, 1, 1]),
      b3: weights('b3', [6]), w4: weights('w4', [5, 6]), b4: weights('b4', [5]), zero: Tensor.float32([], [0]), six: Tensor.float32([], [6]),
      scales: Tensor.float32([4], [1, 1, 2, 2]),
    }, // prettier-ignore
  });

const quantized = (model: Model, ...args: Parameters<typeof request>): Promise<QuantizeResult> =>
  quantizeStatic(model, request(...args), dependencies(picture));

describe('static quantization', () => {
  it('leaves ONNX Runtime nothing but integer kernels', async () => {
    const { model, notQuantized } = await quantized(network());
    const found = await optimizedOperators(model);
    expect(found).toMatchObject({
      QLinearConv: 3,
      QLinearAdd: 1,
      QLinearConcat: 1,
      QGemm: 1,
      QLinearGlobalAveragePool: 1,
      QLinearLeakyRelu: 1,
    });
    expect([found['QuantizeLinear'], found['DequantizeLinear']]).toEqual([1, 1]);
    for (const op of ['Conv', 'Relu', 'Clip', 'Add', 'Gemm', 'Concat']) expect(found[op], op).toBeUndefined();
    expect(notQuantized).toEqual([]);
  });

  it('gives the same as written and fused, near the float model', async () => {
    const data = noise(2 * 192);
    const float = await run(encodeModel(network()), [2, ...picture], data, 'all');
    const { model } = await quantized(network());
    const written = await run(encodeModel(model), [2, ...picture], data, 'none');
    const fused = await run(encodeModel(model), [2, ...picture], data, 'all');
    expect(sqnr(float, written)).toBeGreaterThan(25);
    expect(sqnr(written, fused)).toBeGreaterThan(35);
  });

  it('computes what its own arithmetic says: a convolution, code by code', async () => {
    const bare = buildModel({
      ...io,
      nodes: [['Conv', ['x', 'w', 'b'], ['y'], {}, { name: 'conv' }]],
      initializers: { w: weights('w', [4, 3, 3, 3]), b: weights('b', [4]) },
    });
    const { model, layers } = await quantized(bare);
    const data = noise(192);
    const written = await run(encodeModel(model), [1, ...picture], data, 'none');
    const { input, output } = layers[0]!;
    const on = grid(DataType.uint8, 8, false);
    const [inputScheme, outputScheme] = [
      { ...on, ...input! },
      { ...on, ...output! },
    ].map(({ scale, zeroPoint }) => ({ ...on, scale, zeroPoint }));
    const constant = (name: string): Tensor => model.graph.initializers.get(name)!;
    const [codes, scales, bias] = [
      constant('w_quantized').toFloat64(),
      constant('w_scale').toFloat64(),
      constant('b_quantized').toFloat64(),
    ];
    for (let channel = 0; channel < 4; channel++) {
      for (let place = 0; place < 36; place++) {
        let sum = bias[channel]!;
        for (let k = 0; k < 27; k++) {
          const [c, row, column] = [Math.floor(k / 9), Math.floor(place / 6) + Math.floor((k % 9) / 3), (place % 6) + (k % 3)];
          const code = quantizeValue(data[c * 64 + row * 8 + column]!, inputScheme!) - inputScheme!.zeroPoint;
          sum += code * codes[channel * 27 + k]!;
        }
        const real = sum * inputScheme!.scale * scales[channel]!;
        const expected = dequantizeValue(quantizeValue(real, outputScheme!), outputScheme!);
        expect(Math.abs(written[channel * 36 + place]! - expected)).toBeLessThan(outputScheme!.scale * 1.01);
      }
    }
  });

  it('is deterministic, whatever the threads', async () => {
    const one = await quantized(network());
    const two = await quantizeStatic(network(), request(), {
      ...dependencies(picture),
      context: { ...dependencies(picture).context, threads: 2 },
    });
    expect(Buffer.compare(encodeModel(one.model), encodeModel(two.model))).toBe(0);
  });

  it('tells of each layer what was done', async () => {
    const { layers } = await quantized(network());
    const second = layers.find(({ name }) => name === 'second')!;
    expect(second.weights).toMatchObject({ bits: 8, type: 'int8', granularity: 'channel' });
    expect(second.weights!.sqnr).toBeGreaterThan(35);
    expect(second.output).toMatchObject({ type: 'uint8', zeroPoint: 0, low: 0 });
    expect(second.output!.high).toBeLessThanOrEqual(6);
    expect(second.output!.observed!.high).toBeLessThanOrEqual(6);
    expect(layers.find(({ op }) => op === 'Add')!.weights).toBeNull();
  });

  it.each(['minmax', 'moving-average', 'percentile', 'entropy', 'mse'])('works with ranges by %s', async (calibrate) => {
    const data = noise(192);
    const { model } = await quantized(network(), { calibrate });
    const float = await run(encodeModel(network()), [1, ...picture], data, 'all');
    expect(sqnr(float, await run(encodeModel(model), [1, ...picture], data, 'all'))).toBeGreaterThan(10);
  });

  it('takes int8 symmetric activations, and keeps a ReLU then', async () => {
    const { model, layers } = await quantized(network(), { symmetric: true, 'activation-type': 'int8' });
    expect(layers.every(({ output }) => output!.zeroPoint === 0 && output!.type === 'int8')).toBe(true);
    const data = noise(192);
    const float = await run(encodeModel(network()), [1, ...picture], data, 'all');
    expect(sqnr(float, await run(encodeModel(model), [1, ...picture], data, 'none'))).toBeGreaterThan(20);
    expect(sqnr(float, await run(encodeModel(model), [1, ...picture], data, 'all'))).toBeGreaterThan(20);
  });

  it('takes one scale a tensor, fewer bits and weights with zero points', async () => {
    const [tensor, four, asymmetric] = [
      await quantized(network(), { granularity: 'tensor' }),
      await quantized(network(), { weights: 4 }),
      await quantized(network(), { 'symmetric-weights': false }),
    ];
    expect(tensor.model.graph.initializers.get('w1_scale')!.dims).toEqual([]);
    expect(Math.max(...four.model.graph.initializers.get('w1_quantized')!.toFloat64().map(Math.abs))).toBe(7);
    expect(asymmetric.model.graph.initializers.get('w1_quantized')!.type).toBe(DataType.uint8);
    expect(await optimizedOperators(asymmetric.model)).toMatchObject({ QLinearConv: 3, QGemm: 1 });
  });
});

describe('choice of layers', () => {
  it('excludes by name, pattern and operator, and says so', async () => {
    const { notQuantized } = await quantized(network(), { exclude: ['sec*', 'Gemm'] });
    const reasons = Object.fromEntries(notQuantized.map(({ name, reason }) => [name, reason]));
    expect(reasons).toMatchObject({ second: 'excluded by the recipe', classifier: 'excluded by the recipe' });
  });

  it('includes only what is asked for', async () => {
    const { layers, model } = await quantized(network(), { include: ['Conv'] });
    expect(layers.filter(({ weights }) => weights).map(({ name }) => name)).toEqual(['first', 'second', 'third']);
    expect(await optimizedOperators(model)).toMatchObject({ QLinearConv: 3, Gemm: 1 });
  });

  it('follows the layers’ own settings', async () => {
    const { layers, notQuantized, model } = await quantized(
      network(),
      {},
      {
        first: { quantize: false },
        second: { weights: 4 },
        third: { activations: 'float' },
        classifier: { weights: 'float' },
      },
    );
    const row = (name: string) => layers.find((layer) => layer.name === name);
    expect(row('first')).toBeUndefined();
    expect(row('second')!.weights!.bits).toBe(4);
    expect(row('third')).toMatchObject({ input: null, output: null });
    expect(notQuantized.find(({ name }) => name === 'classifier')!.reason).toBe('weights: float');
    const found = await optimizedOperators(model);
    expect([found['QLinearConv'], (found['Conv'] ?? 0) + (found['FusedConv'] ?? 0), found['QGemm']]).toEqual([1, 2, undefined]);
  });

  it('needs no pictures where all activations stay float', async () => {
    const { dataset: _, ...without } = dependencies(picture);
    const { layers } = await quantizeStatic(network(), request({ activations: 'float' }), without);
    expect(layers.map(({ name, weights }) => [name, weights?.bits])).toEqual(
      ['first', 'second', 'third', 'classifier'].map((name) => [name, 8]),
    );
  });

  it('refuses a pattern that matches nothing', async () => {
    await expect(quantized(network(), { exclude: ['/layer9/*'] })).rejects.toMatchObject({ code: 'quantize.pattern' });
  });
});

describe('saturation', () => {
  /** 64 channels of equal weights: every pair would saturate. */
  const equalWeights = (): Model =>
    buildModel({
      ...io,
      nodes: [['Conv', ['x', 'w'], ['y'], {}, { name: 'conv' }]],
      initializers: { w: Tensor.float32([2, 3, 1, 1], [1, 1, 1, -1, -1, -1]) },
    });
  const codesOf = (model: Model): number[] => [...model.graph.initializers.get('w_quantized')!.toFloat64()];

  it('is kept out of int8 weights for the target cpu, and only there', async () => {
    const safe = await quantized(equalWeights());
    const [a = 0, b = 0] = codesOf(safe.model);
    expect(a + b).toBeLessThanOrEqual(128);
    expect(safe.layers[0]!.weights!.saturation).toBe('scales');
    for (const target of ['cpu-x64-vnni', 'cpu-arm64']) {
      const free = await quantized(equalWeights(), {}, {}, target);
      expect(codesOf(free.model)[0]).toBe(127);
      expect(free.layers[0]!.weights!.saturation).toBe('none');
    }
  });

  it('goes to uint8 where narrower codes would cost too much', async () => {
    const model = buildModel({
      ...io,
      nodes: [['Conv', ['x', 'w'], ['y'], {}, { name: 'conv' }]],
      // Two large neighbours among many small codes that int8 would hold exactly.
      initializers: {
        w: Tensor.float32(
          [1, 3, 7, 7],
          Array.from({ length: 147 }, (_, k) => (k === 0 || k === 49 ? 127 : (k % 17) - 8) / 127),
        ),
      },
    });
    const { layers, model: result } = await quantized(model);
    expect(layers[0]!.weights).toMatchObject({ type: 'uint8', saturation: 'uint8' });
    expect(await optimizedOperators(result)).toMatchObject({ QLinearConv: 1 });
  });

  it('does not concern depthwise convolutions', async () => {
    const depthwise = buildModel({
      ...io,
      nodes: [['Conv', ['x', 'w'], ['y'], { group: 3 }, { name: 'conv' }]],
      initializers: { w: Tensor.float32([3, 1, 1, 2], [1, 1, 1, 1, 1, 1]) },
    });
    expect(codesOf((await quantized(depthwise)).model)).toEqual([127, 127, 127, 127, 127, 127]);
  });
});

describe('odd models', () => {
  const odd = (parts: Partial<BuildModel> & Pick<BuildModel, 'nodes'>): Model => buildModel({ ...io, ...parts });

  it('refuses a model without anything to quantize, and one without pictures', async () => {
    await expect(quantized(odd({ nodes: [['Identity', ['x'], ['y']]] }))).rejects.toMatchObject({ code: 'quantize.nothing' });
    const { dataset: _, ...without } = dependencies(picture);
    await expect(quantizeStatic(network(), request(), without)).rejects.toMatchObject({ code: 'quantize.no-pictures' });
  });

  it('leaves out a layer with NaN, and one whose weights are computed, with the reason', async () => {
    const { notQuantized, layers } = await quantized(
      odd({
        nodes: [
          ['Conv', ['x', 'bad'], ['a'], {}, { name: 'nan' }],
          ['Mul', ['x', 'x'], ['m']],
          ['ReduceMean', ['m'], ['w'], { axes: [0], keepdims: 1 }],
          ['Conv', ['x', 'w'], ['b'], {}, { name: 'computed' }],
          ['Conv', ['x', 'good'], ['c'], {}, { name: 'good' }],
          ['Add', ['a', 'c'], ['s']],
          ['Add', ['s', 'b'], ['y']],
        ],
        initializers: { bad: Tensor.float32([1, 3, 1, 1], [1, NaN, 1]), good: weights('good', [1, 3, 1, 1]) },
      }),
    );
    const reasons = Object.fromEntries(notQuantized.map(({ name, reason }) => [name, reason]));
    expect(reasons['nan']).toBe('its weights hold NaN or infinity');
    expect(reasons['computed']).toBe('its weights are computed at run time');
    expect(layers.map(({ name }) => name)).toContain('good');
  });

  it('quantizes weights used twice, once transposed, for each use', async () => {
    const shared = buildModel({
      inputs: [{ name: 'x', shape: ['N', 6] }],
      outputs: ['y'],
      nodes: [
        ['Gemm', ['x', 'w'], ['a'], {}, { name: 'plain' }],
        ['Gemm', ['a', 'w'], ['y'], { transB: 1, alpha: 0.5 }, { name: 'transposed' }],
      ],
      initializers: { w: weights('shared', [6, 6]) },
    });
    const float = await run(encodeModel(shared), [1, 6], noise(6), 'all');
    const { model } = await quantizeStatic(shared, request(), dependencies([6]));
    expect(sqnr(float, await run(encodeModel(model), [1, 6], noise(6), 'none'))).toBeGreaterThan(25);
    expect(await optimizedOperators(model)).toMatchObject({ QGemm: 2 });
  });

  it('multiplies two activations on integers, and a convolution of three dimensions', async () => {
    const { model } = await quantized(
      odd({
        nodes: [
          ['Transpose', ['x'], ['t'], { perm: [0, 1, 3, 2] }],
          ['MatMul', ['x', 't'], ['y'], {}, { name: 'product' }],
        ],
      }),
    );
    expect(await optimizedOperators(model)).toMatchObject({ QLinearMatMul: 1 });
    const volume = buildModel({
      inputs: [{ name: 'x', shape: ['N', 2, 4, 4, 4] }],
      outputs: ['y'],
      nodes: [['Conv', ['x', 'w'], ['y']]],
      initializers: { w: weights('volume', [3, 2, 2, 2, 2]) },
    });
    const found = await quantizeStatic(volume, request(), dependencies([2, 4, 4, 4]));
    expect(await optimizedOperators(found.model)).toMatchObject({ QLinearConv: 1 });
  });

  it('keeps the names of outputs, also of one that is read inside, and of an input that goes out', async () => {
    const { model } = await quantized(
      odd({
        outputs: ['r', 'y'],
        nodes: [
          ['Conv', ['x', 'w'], ['c']],
          ['Relu', ['c'], ['r']],
          ['Conv', ['r', 'v'], ['y']],
        ],
        initializers: { w: weights('w', [4, 3, 1, 1]), v: weights('v', [2, 4, 1, 1]) },
      }),
    );
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(['r', 'y']);
    const data = noise(192);
    expect((await run(encodeModel(model), [1, ...picture], data, 'all')).length).toBe(256);
  });

  it('survives an all-zero layer, a constant activation and weights of 1e-38', async () => {
    const { model, notes } = await quantized(
      odd({
        nodes: [
          ['Conv', ['x', 'zeros', 'b'], ['z'], {}, { name: 'dead' }],
          ['Relu', ['z'], ['r']],
          ['Conv', ['r', 'tiny', 'b'], ['t'], {}, { name: 'tiny' }],
          ['Conv', ['t', 'v'], ['y'], {}, { name: 'last' }],
        ],
        initializers: {
          zeros: Tensor.float32([2, 3, 1, 1], new Float32Array(6)), b: Tensor.float32([2], [5, -3]),
          tiny: Tensor.float32([2, 2, 1, 1], new Float32Array(4).fill(1e-38)), v: weights('v', [1, 2, 1, 1]),
        }, // prettier-ignore
      }),
    );
    const data = noise(192);
    const result = await run(encodeModel(model), [1, ...picture], data, 'all');
    const v = weights('v', [1, 2, 1, 1]).toFloat32();
    const expected = 5 * v[0]! - 3 * v[1]!;
    for (const value of result) expect(Math.abs(value - expected)).toBeLessThan(0.05 * Math.abs(expected));
    expect(notes.some((note) => note.includes('constant'))).toBe(true);
  });

  it('leaves sub-graphs in float and says so; values they read stay right', async () => {
    const branch = (op: string) => buildModel({ inputs: [], outputs: [`${op}out`], nodes: [[op, ['r'], [`${op}out`]]] }).graph;
    const { notQuantized, model } = await quantized(
      odd({
        nodes: [
          ['Conv', ['x', 'w'], ['c']],
          ['Relu', ['c'], ['r']],
          ['If', ['yes'], ['y'], { then_branch: branch('Abs'), else_branch: branch('Neg') }, { name: 'choice' }],
        ],
        initializers: { w: weights('w', [4, 3, 1, 1]), yes: Tensor.of(DataType.bool, [], Uint8Array.of(1)) },
      }),
    );
    expect(notQuantized.find(({ name }) => name === 'choice')!.reason).toContain('only the main graph');
    expect((await run(encodeModel(model), [1, ...picture], noise(192), 'all')).every((value) => value >= 0)).toBe(true);
  });

  it('does not touch what is quantized already', async () => {
    const { model } = await quantized(network());
    await expect(quantizeStatic(model, request(), dependencies(picture))).rejects.toMatchObject({ code: 'quantize.nothing' });
  });
});
