import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import type { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { quantizeDynamic } from '../../../src/engine/quantize/dynamic.ts';
import { quantizeValue, type Scheme } from '../../../src/engine/quantize/scheme.ts';
import { planStatic, quantizeStatic } from '../../../src/engine/quantize/static.ts';
import type { QuantizeRequest, QuantizeResult, SchemeRow } from '../../../src/engine/quantize/types.ts';
import { quantizeWeights } from '../../../src/engine/quantize/weight-only.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';
import { dependencies, optimizedOperators, request, run, sqnr, weights } from './support.ts';

const picture = [4, 6, 6];
const build = (nodes: readonly BuildNode[], initializers: Record<string, Tensor>, outputs = ['y']): Model =>
  buildModel({ inputs: [{ name: 'x', shape: ['N', ...picture] }], outputs, nodes, initializers });

/** Convolutions of 1 × 1 with ReLUs, a residual sum, pooling, a concatenation and a classifier. */
const network = (): Model =>
  build(
    [
      ['Conv', ['x', 'w1', 'b1'], ['c1'], {}, { name: 'first' }],
      ['Relu', ['c1'], ['r1']],
      ['Conv', ['r1', 'w2', 'b2'], ['c2'], {}, { name: 'second' }],
      ['Add', ['c2', 'r1'], ['a']],
      ['Relu', ['a'], ['ra']],
      ['MaxPool', ['ra'], ['p'], { kernel_shape: [2, 2], strides: [1, 1] }],
      ['Conv', ['p', 'w3'], ['c3'], {}, { name: 'third' }],
      ['Relu', ['c3'], ['r3']],
      ['Concat', ['p', 'r3'], ['j'], { axis: 1 }],
      ['Conv', ['j', 'w4', 'b4'], ['c4'], {}, { name: 'fourth' }],
      ['GlobalAveragePool', ['c4'], ['g']],
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'w5', 'b5'], ['h'], { transB: 1 }, { name: 'classifier' }],
      ['MatMul', ['h', 'w6'], ['y'], {}, { name: 'product' }],
    ],
    {
      w1: weights('w1', [16, 4, 1, 1]), b1: weights('b1', [16]), w2: weights('w2', [16, 16, 1, 1]), b2: weights('b2', [16]),
      w3: weights('w3', [16, 16, 1, 1]), w4: weights('w4', [32, 32, 1, 1]), b4: weights('b4', [32]), w5: weights('w5', [32, 32]),
      b5: weights('b5', [32]), w6: weights('w6', [32, 5]),
    },
  ); // prettier-ignore

/** Two of the calibration pictures, so that nothing lies beyond what was seen. */
const data = Float32Array.from(
  [0, 1].flatMap((index) => {
    const random = seededRandom(index, 'noise');
    return Array.from({ length: 144 }, () => random.normal());
  }),
);
const float = await run(encodeModel(network()), [2, ...picture], data, 'all');

type Settings = Parameters<typeof request>[0];
const quantized = (settings: Settings, layers: QuantizeRequest['layers'] = {}): Promise<QuantizeResult> =>
  quantizeStatic(network(), request(settings, layers), dependencies(picture));

/** As ONNX Runtime computes it as written, and with all fusions. */
async function computed(model: Model): Promise<{ written: Float32Array; fused: Float32Array }> {
  const bytes = encodeModel(model);
  const dims = [2, ...picture];
  return { written: await run(bytes, dims, data, 'none'), fused: await run(bytes, dims, data, 'all') };
}

describe('widths of activations', () => {
  const widths = async (settings: Settings, layers: QuantizeRequest['layers'] = {}): Promise<Record<string, number>> => {
    const { formats } = await planStatic(network(), request(settings, layers), dependencies(picture));
    return Object.fromEntries([...formats].map(([value, { bits }]) => [value, bits]));
  };

  it('are what the layer that reads asks for; sums, inputs and outputs keep 8 bits', async () => {
    expect(await widths({ activations: 4 })).toEqual({
      x: 8, r1: 4, c2: 8, ra: 4, p: 4, r3: 4, j: 4, c4: 8, g: 4, f: 4, h: 4, y: 8,
    }); // prettier-ignore
  });

  it('are the widest of several readers, through pooling and concatenation', async () => {
    // p is read by `third` and, joined, by `fourth`; ra is the same elements.
    expect(await widths({}, { fourth: { activations: 4 } })).toMatchObject({ r1: 8, ra: 8, p: 8, r3: 4, j: 4 });
    expect(await widths({ activations: 3 }, { third: { activations: 6 } })).toMatchObject({ r1: 3, ra: 6, p: 6, r3: 3, j: 3, x: 8 });
  });

  it('stay at 8 bits for a layer that reads in float', async () => {
    expect(await widths({ activations: 4 }, { third: { activations: 'float' } })).toMatchObject({ ra: 8, p: 8, r1: 4 });
    expect(await widths({ activations: 4, exclude: ['third'] })).toMatchObject({ p: 8, r1: 4 });
  });

  it('are 16 bits everywhere, or for one layer', async () => {
    expect(new Set(Object.values(await widths({ activations: 16 })))).toEqual(new Set([16]));
    expect(await widths({}, { second: { activations: 16 } })).toMatchObject({ x: 8, r1: 16, c2: 8, ra: 8 });
  });
});

describe('few bits of activations', () => {
  it.each([2, 3, 4, 5, 6, 7])('%i: integer kernels still, a Clip on the codes, the same as written and fused', async (activations) => {
    const { model } = await quantized({ activations, calibrate: 'mse' });
    const { written, fused } = await computed(model);
    expect(Buffer.compare(Buffer.from(written.buffer), Buffer.from(fused.buffer))).toBe(0);
    expect(sqnr(float, written)).toBeGreaterThan([4, 8, 14, 18, 20, 20][activations - 2]!);
    const found = await optimizedOperators(model);
    // r1, ra, r3, j, g, h; not the pooled and flattened ones, whose codes are only moved.
    expect(found).toMatchObject({ QLinearConv: 4, QLinearAdd: 1, QLinearConcat: 1, QGemm: 1, QLinearMatMul: 1, Clip: 6 });
    expect([found['QuantizeLinear'], found['DequantizeLinear'], found['Relu']]).toEqual([1, 1, undefined]);
  });

  it('compute what a simulation of the integers says, saturation included', async () => {
    const bare = (): Model =>
      build(
        [
          ['Conv', ['x', 'w1', 'b1'], ['c1'], {}, { name: 'first' }],
          ['Relu', ['c1'], ['r1']],
          ['Conv', ['r1', 'w2', 'b2'], ['y'], {}, { name: 'second' }],
        ],
        { w1: weights('w1', [8, 4, 1, 1]), b1: weights('b1', [8]), w2: weights('w2', [3, 8, 1, 1]), b2: weights('b2', [3]) },
      );
    for (const form of [{ activations: 4 }, { activations: 3, symmetric: true }] as const) {
      const settings = { ...form, calibrate: 'percentile', percentile: 95 };
      const { model, layers } = await quantizeStatic(bare(), request(settings), dependencies(picture));
      const found = await run(encodeModel(model), [2, ...picture], data, 'none');
      const input = schemeOf(layers[0]!.input!);
      const middle = schemeOf(layers[1]!.input!);
      const output = schemeOf(layers[1]!.output!);
      expect(middle.highest - middle.lowest + 1).toBe(settings.activations === 4 ? 16 : 7);
      const before = layers[0]!.output!;
      let clipped = 0;
      let off = 0;
      for (let at = 0; at < 2 * 36; at++) {
        const [n, place] = [Math.floor(at / 36), at % 36];
        const codes = Array.from({ length: 4 }, (_, c) => quantizeValue(data[n * 144 + c * 36 + place]!, input));
        let real = product(model, 'w1', 'b1', codes, input);
        // A symmetric scheme keeps the ReLU, and so a rounding of what is in front of it.
        if (settings.activations === 3)
          real = real.map((value) => before.scale * (quantizeValue(value, schemeOf(before)) - before.zeroPoint));
        const hidden = real.map((value) => quantizeValue(Math.max(0, value), middle));
        clipped += hidden.filter((code) => code === middle.highest).length;
        product(model, 'w2', 'b2', hidden, middle).forEach((value, channel) => {
          const expected = output.scale * (quantizeValue(value, output) - output.zeroPoint);
          const difference = Math.abs(found[n * 108 + channel * 36 + place]! - expected);
          if (difference > 0.01 * output.scale) off++;
          expect(difference).toBeLessThan(output.scale * 1.01);
        });
      }
      // Float32 sums may fall on the other side of a half now and then.
      expect(off).toBeLessThan(5);
      expect(clipped).toBeGreaterThan(5);
    }
  });

  it('in int8 give nearly the same', async () => {
    const { model, layers } = await quantized({ activations: 4, calibrate: 'mse', 'activation-type': 'int8' });
    expect(layers[1]!.input).toMatchObject({ type: 'int8', bits: 4, zeroPoint: -8 });
    const { written, fused } = await computed(model);
    expect(sqnr(written, fused)).toBeGreaterThan(40);
    expect(sqnr(float, written)).toBeGreaterThan(14);
  });
});

/** bias + sum of codes times weight codes, as a real number, for each output channel. */
function product(model: Model, weight: string, bias: string, codes: readonly number[], scheme: Scheme): number[] {
  const constant = (name: string): Float64Array => model.graph.initializers.get(name)!.toFloat64();
  const [w, s, b] = [constant(`${weight}_quantized`), constant(`${weight}_scale`), constant(`${bias}_quantized`)];
  return Array.from(s, (scale, channel) => {
    const sum = codes.reduce((total, code, c) => total + (code - scheme.zeroPoint) * w[channel * codes.length + c]!, b[channel]!);
    return sum * scheme.scale * scale;
  });
}

function schemeOf({ type, bits, scale, zeroPoint, low, high }: SchemeRow): Scheme {
  const end = (value: number): number => Math.round(value / scale) + zeroPoint;
  expect(end(high) - end(low)).toBeLessThan(2 ** bits);
  // With 8 bits the kernels saturate where the type ends, one code below a symmetric grid.
  return { type: DataType[type], lowest: bits === 8 ? 0 : end(low), highest: end(high), middle: 0, scale, zeroPoint };
}

describe('16 bits', () => {
  it('of activations are uint16 around float kernels', async () => {
    const { model, layers } = await quantized({ activations: 16 });
    expect(model.opset).toBe(21);
    expect(layers[1]!.input).toMatchObject({ type: 'uint16', bits: 16 });
    const { written, fused } = await computed(model);
    expect(sqnr(written, fused)).toBeGreaterThan(70);
    expect(sqnr(float, written)).toBeGreaterThan(sqnr(float, (await computed((await quantized({})).model)).written));
  });

  it('of weights and activations leave hardly any error', async () => {
    const { model, layers } = await quantized({ activations: 16, weights: 16, 'activation-type': 'int8', symmetric: true });
    expect(layers[0]).toMatchObject({ weights: { type: 'int16', bits: 16 }, input: { type: 'int16' } });
    const { written, fused } = await computed(model);
    expect(sqnr(float, written)).toBeGreaterThan(50);
    expect(sqnr(written, fused)).toBeGreaterThan(60);
  });

  it('of weights hold a bias that int32 beside them could not', async () => {
    const bare = (): Model =>
      build([['Conv', ['x', 'w', 'b'], ['y'], {}, { name: 'conv' }]], {
        w: weights('w', [2, 4, 1, 1], 1e-6),
        b: weights('b', [2], 50),
      });
    const settings = { activations: 16, weights: 16 } as const;
    const { model, layers } = await quantizeStatic(bare(), request(settings), dependencies(picture));
    expect(layers[0]!.weights!.sqnr).toBeGreaterThan(80);
    const [expected, found] = [await run(encodeModel(bare()), [2, ...picture], data, 'none'), await computed(model)];
    expect(sqnr(expected, found.written)).toBeGreaterThan(60);
    // A float bias here would be rounded, and overflow, while ONNX Runtime loads the model.
    expect(sqnr(expected, found.fused)).toBeGreaterThan(60);
  });
});

describe('packed weights', () => {
  it.each([2, 3, 4, 'ternary', 'binary'] as const)('%s: the same numbers in half the bytes, read back by ONNX Runtime', async (bits) => {
    const [runnable, packed] = [await quantized({ weights: bits }), await quantized({ weights: bits, storage: 'packed' })];
    const again = decodeModel(encodeModel(packed.model));
    for (const name of ['w1', 'w2', 'w5']) {
      const tensor = again.graph.initializers.get(`${name}_quantized`)!;
      expect(tensor.type).toBe(DataType.int4);
      expect(tensor.byteLength * 2).toBe(tensor.size);
      expect([...tensor.toFloat64()]).toEqual([...runnable.model.graph.initializers.get(`${name}_quantized`)!.toFloat64()]);
    }
    const [one, two] = [await computed(runnable.model), await computed(packed.model)];
    expect([...two.written]).toEqual([...one.written]);
    expect(sqnr(two.written, two.fused)).toBeGreaterThan(40);
    expect(packed.layers[0]!.weights).toMatchObject({ type: 'int4', elements: 64 });
    expect(encodeModel(packed.model).length).toBeLessThan(encodeModel(runnable.model).length);
  });

  it('with zero points are uint4; above 4 bits they stay bytes and keep integer kernels', async () => {
    const four = await quantized({ weights: 4, storage: 'packed', 'symmetric-weights': false });
    expect(four.layers[0]!.weights!.type).toBe('uint4');
    const plain = await quantized({ weights: 4, 'symmetric-weights': false });
    expect([...(await computed(four.model)).written]).toEqual([...(await computed(plain.model)).written]);
    const six = await quantized({ weights: 6, storage: 'packed' });
    expect(six.layers[0]!.weights!.type).toBe('int8');
    expect(await optimizedOperators(six.model)).toMatchObject({ QLinearConv: 4 });
  });

  it('need no pictures: weight-only, near the static result in float', async () => {
    const { dataset: _, ...without } = dependencies(picture);
    const found = await quantizeWeights(network(), request({ method: 'weight-only', weights: 4, storage: 'packed' }), without);
    const { written, fused } = await computed(found.model);
    expect(sqnr(float, written)).toBeGreaterThan(12);
    // MatMulNBits rounds what it reads to 8 bits.
    expect(sqnr(written, fused)).toBeGreaterThan(35);
    expect((await optimizedOperators(found.model))['MatMulNBits']).toBe(1);
  });
});

describe('weights in blocks', () => {
  it.each([
    { weights: 8 },
    { weights: 4 },
    { weights: 4, storage: 'packed' },
    { weights: 5, 'symmetric-weights': false },
    { weights: 16 },
    { weights: 'ternary', storage: 'packed' },
  ] as Settings[])('%j: right numbers as written and fused', async (settings) => {
    const both = { granularity: 'block', 'block-size': 16, ...settings };
    const { model, layers } = await quantized(both);
    // The first layer has 4 input channels.
    expect(layers.flatMap(({ weights: found }) => found?.granularity ?? [])).toEqual(['channel', ...Array<string>(5).fill('block')]);
    const { written, fused } = await computed(model);
    expect(sqnr(written, fused)).toBeGreaterThan(40);
    const channels = await quantized(settings);
    const noiseOf = (rows: QuantizeResult['layers']): number => rows.reduce((sum, row) => sum + (row.weights?.sqnr ?? 0), 0);
    expect(noiseOf(layers)).toBeGreaterThan(noiseOf(channels.layers));
    const { model: stored } = await quantizeWeights(network(), request({ ...both, method: 'weight-only' }), dependencies(picture));
    const alone = await computed(stored);
    expect(sqnr(alone.written, alone.fused)).toBeGreaterThan(35);
  });

  it('leave a block its own scale in the file', async () => {
    const { model } = await quantized({ granularity: 'block', 'block-size': 8, weights: 4, storage: 'packed' });
    const scales = model.graph.initializers.get('w2_scale')!;
    expect(scales.dims).toEqual([16, 2, 1, 1]);
    const node = model.graph.nodes.find(({ inputs }) => inputs[0] === 'w2_quantized')!;
    expect([node.int('axis', 0), node.int('block_size', 0)]).toEqual([1, 8]);
  });
});

describe('formats by layer', () => {
  it('mix in one model', async () => {
    const layers = {
      first: { weights: 8 },
      second: { weights: 'ternary', activations: 4 },
      third: { weights: 16 },
      product: { weights: 'float' },
    };
    const { model, layers: rows } = await quantized({ weights: 4, calibrate: 'mse' }, layers);
    const { written, fused } = await computed(model);
    expect(sqnr(written, fused)).toBeGreaterThan(35);
    expect(sqnr(float, written)).toBeGreaterThan(4);
    const bits = Object.fromEntries(rows.flatMap(({ name, weights: found }) => (found ? [[name, [found.bits, found.type]]] : [])));
    expect(bits).toEqual({ first: [8, 'int8'], second: [2, 'int8'], third: [16, 'int16'], fourth: [4, 'int8'], classifier: [4, 'int8'] });
  });

  it.each(['ternary', 'binary'] as const)('%s: rounded layer by layer too, never worse', async (bits) => {
    const [nearest, layer] = [await quantized({ weights: bits }), await quantized({ weights: bits, round: 'layer' })];
    const codes = new Set(layer.model.graph.initializers.get('w2_quantized')!.toFloat64());
    expect([...codes].sort()).toEqual(bits === 'ternary' ? [-1, 0, 1] : [-1, 1]);
    expect(sqnr(float, (await computed(layer.model)).written)).toBeGreaterThan(sqnr(float, (await computed(nearest.model)).written));
  });
});

describe('layers that stay in float between others', () => {
  it.each([
    { second: { quantize: false } },
    { second: { weights: 'float' } },
    { second: { activations: 'float' } },
    { second: { activations: 'float', weights: 16 } },
  ] as const)('run in float: %j', async (layers) => {
    const { model } = await quantized({}, layers);
    const { written, fused } = await computed(model);
    expect(sqnr(written, fused)).toBeGreaterThan(60);
    const found = await optimizedOperators(model);
    expect([found['QLinearConv'], (found['Conv'] ?? 0) + (found['FusedConv'] ?? 0)]).toEqual([3, 1]);
  });

  it('and layers that came quantized keep their kernels', async () => {
    const { model } = await quantized({ include: ['third', 'fourth'] });
    const again = await quantizeStatic(model, request(), dependencies(picture));
    const found = await optimizedOperators(again.model);
    expect([found['QLinearConv'], found['Clip']]).toEqual([4, undefined]);
  });
});

describe('settings that can’t be had together', () => {
  it.each([
    [{ method: 'dynamic', weights: 16 }, /weights: 16 needs method: static or weight-only/],
    [{ method: 'dynamic', granularity: 'block' }, /granularity: block needs method: static/],
    [{ method: 'dynamic', storage: 'packed', weights: 4 }, /storage: packed needs/],
    [{ method: 'dynamic', scales: 'power-of-two' }, /scales: power-of-two needs method: static/],
    [{ weights: 'ternary', 'symmetric-weights': false }, /weights: ternary has no zero point/],
    [{ weights: 16, 'weight-type': 'uint8' }, /weights: 16 do not fit weight-type: uint8/],
    [{ 'weight-type': 'int8', 'symmetric-weights': false }, /symmetric-weights: false/],
  ] as [Settings, RegExp][])('%j', async (settings, message) => {
    const method = settings?.method === 'dynamic' ? quantizeDynamic : quantizeStatic;
    await expect(method(network(), request(settings), dependencies(picture))).rejects.toMatchObject({
      code: 'quantize.settings',
      message: expect.stringMatching(message) as string,
    });
  });

  it('are named with their layer', async () => {
    await expect(quantized({}, { third: { weights: 'binary', 'symmetric-weights': false } })).rejects.toThrow(
      /layer "third": weights: binary/,
    );
    await expect(quantized({}, { third: { quantize: false, weights: 'binary', 'symmetric-weights': false } })).resolves.toBeDefined();
  });

  it('are few: dynamic takes every width up to 8', async () => {
    for (const bits of [2, 5, 'ternary', 'binary']) {
      const { model } = await quantizeDynamic(network(), request({ method: 'dynamic', weights: bits }), dependencies(picture));
      const { written, fused } = await computed(model);
      expect(sqnr(written, fused)).toBeGreaterThan(60);
    }
  });
});
