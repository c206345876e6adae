import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import type { Color, Link, SeamSettings } from '../../../src/engine/chain/link.ts';
import { compositionOf, splitChain } from '../../../src/engine/chain/split.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { preprocess } from '../../../src/engine/data/preprocess.ts';
import type { Picture } from '../../../src/engine/data/types.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';
import { randomInputs, type Inputs } from '../../support/same-outputs.ts';
import { itWithZoo } from '../../support/zoo.ts';

let runtime: Runtime;
beforeAll(async () => void (runtime = await createOrtRuntime()));

async function run(model: Model, feeds: Inputs): Promise<Record<string, RuntimeTensor>> {
  const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

/** A network that hands on what it is given. */
const passing = (channels: number | string, height: number | string = 'H', width: number | string = 'W', opset = 17): Model =>
  buildModel({
    opset,
    inputs: [{ name: 'image', shape: ['N', channels, height, width] }],
    outputs: [{ name: 'same', shape: ['N', channels, height, width] }],
    nodes: [['Identity', ['image'], ['same'], {}, { name: 'pass' }]],
  });

const numbers = ({ data }: RuntimeTensor): number[] => Array.from(data as Float32Array);

describe('a seam', () => {
  const colors: Color[] = ['rgb', 'bgr', 'gray'];
  const side = fc.integer({ min: 4, max: 24 });
  const settings = fc.record({
    height: side,
    width: side,
    color: fc.constantFrom(...colors),
    fit: fc.constantFrom('none', 'stretch', 'shorter', 'longer', 'pad'),
    mode: fc.constantFrom('nearest', 'bilinear', 'bicubic'),
    antialias: fc.boolean(),
    align: fc.constantFrom('center', 'top-left'),
    target: fc.tuple(side, side),
    crop: fc.boolean(),
    scale: fc.constantFrom(1, 255, 0.5),
    normalized: fc.boolean(),
  });

  it('does what reading a picture does', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async (given) => {
        const { height, width, color, fit, mode, antialias, align, target, scale, normalized } = given;
        const resize = { size: target, mode, antialias, fit, align, value: 7 } as NonNullable<SeamSettings['resize']>;
        const channels = color === 'gray' ? 1 : 3;
        const [mean, std] = normalized ? [[1, 2, 3].slice(0, channels), [2, 3, 4].slice(0, channels)] : [[0], [1]];
        const seam: SeamSettings = {
          ...(fit === 'none' ? {} : { resize }),
          ...(given.crop ? { crop: [4, 4] } : {}),
          color,
          scale,
          mean,
          std,
        };
        const random = seededRandom(1, `${height}x${width}`);
        const picture: Picture = {
          width,
          height,
          channels: 3,
          data: Float32Array.from({ length: width * height * 3 }, () => random.next() * 255),
        };
        const wide = (values: readonly number[]): number[] =>
          values.length === 1 ? Array<number>(channels).fill(values[0]!) : [...values];
        const plain = { ...seam, color, scale, mean: wide(mean), std: wide(std), layout: 'nchw' as const };
        // What is too small to crop is refused when pictures are read; between models it is a mistake in the recipe.
        const expected = ((): RuntimeTensor | undefined => {
          try {
            return preprocess(picture, plain, DataType.float32, { width: null, height: null }).input;
          } catch {
            return undefined;
          }
        })();
        fc.pre(expected !== undefined);
        const links: Link[] = [
          { alias: 'a', model: passing(3, height, width), seams: {}, color: 'rgb' },
          { alias: 'b', model: passing(channels), seams: { image: { from: { alias: 'a', value: 'same' }, ...seam } } },
        ];
        const data = Float32Array.from(
          { length: 3 * height * width },
          (_, at) => picture.data[(at % (height * width)) * 3 + Math.floor(at / (height * width))]!,
        );
        const outputs = await run(composeChain(links).model, { image: { type: DataType.float32, dims: [1, 3, height, width], data } });
        const found = outputs['same']!;
        expect(found.dims).toEqual([1, ...expected!.dims]);
        const theirs = numbers(found);
        const most = Math.max(...numbers(expected!).map((value, at) => Math.abs(value - theirs[at]!)));
        expect(most).toBeLessThan(2e-3 * Math.max(1, scale));
      }),
      { numRuns: 150 },
    );
  });

  it('turns layouts, and does nothing where nothing is to be done', () => {
    const chain = (layout: 'nchw' | 'nhwc'): string[] =>
      composeChain([
        { alias: 'a', model: passing(3, 4, 5), seams: {}, color: 'rgb' },
        { alias: 'b', model: passing('C'), seams: { image: { from: { alias: 'a', value: 'same' }, layout } } },
      ]).model.graph.nodes.map(({ op }) => op);
    expect(chain('nchw')).toEqual(['Identity', 'Identity', 'Identity']);
    expect(chain('nhwc')).toEqual(['Identity', 'Transpose', 'Identity', 'Identity']);
  });

  it.each([
    ['colours that nobody knows', { color: 'bgr' }, {}, 'which colours come in'],
    ['a number too many', { mean: [1, 2] }, { color: 'rgb' }, 'mean has 2 numbers for 3 channels'],
    ['a crop of an unknown size', { crop: [2, 2] }, { color: 'rgb', model: passing(3) }, 'the size of what comes in is not known'],
    ['a value that there is not', { from: { alias: 'a', value: 'other' } }, {}, 'which no model before it has'],
  ] as const)('refuses %s', (_, seam, first, words) => {
    const links: Link[] = [
      { alias: 'a', model: passing(3, 8, 8), seams: {}, ...first },
      { alias: 'b', model: passing(3), seams: { image: { from: { alias: 'a', value: 'same' }, ...(seam as SeamSettings) } } },
    ];
    expect(() => composeChain(links)).toThrow(words);
  });

  it('refuses sizes that do not fit', () => {
    const seams = { image: { from: { alias: 'a', value: 'same' } } };
    const links: Link[] = [{ alias: 'a', model: passing(3, 8, 8), seams: {} }, { alias: 'b', model: passing(3, 8, 9), seams }]; // prettier-ignore
    expect(() => composeChain(links)).toThrow('takes [N,3,8,9], and [N,3,8,8] comes in');
  });
});

describe('a chain', () => {
  /** A convolution, a condition that reads from around it, and two outputs; its names are those of any other. */
  const network = (opset: number, seed: number): Model => {
    const random = seededRandom(seed, 'weights');
    const weights = Tensor.float32(
      [3, 3, 1, 1],
      Array.from({ length: 9 }, () => random.normal()),
    );
    const branch = (op: string) => buildGraph({ outputs: ['chosen'], nodes: [[op, ['y'], ['chosen']]] });
    return buildModel({
      opset,
      inputs: [{ name: 'image', shape: ['N', 3, 6, 6] }],
      outputs: [{ name: 'out', shape: ['N', 3, 6, 6] }, { name: 'side', shape: ['N', 3, 6, 6] }],
      nodes: [
        ['Conv', ['image', 'w'], ['y'], {}, { name: '/conv' }],
        ['If', ['yes'], ['out'], { then_branch: branch('Relu'), else_branch: branch('Neg') }, { name: '/if' }],
        ['Sigmoid', ['y'], ['side']],
      ],
      initializers: { w: weights, yes: Tensor.of(DataType.bool, [], new Uint8Array([1])) },
    }); // prettier-ignore
  };
  const links = (): Link[] => [
    { alias: 'first', model: network(13, 1), seams: {}, color: 'rgb' },
    { alias: 'second', model: network(17, 2), seams: { image: { from: { alias: 'first', value: 'out' }, scale: 2, color: 'bgr' } } },
    { alias: 'third', model: network(17, 3), seams: { image: { from: { alias: 'first', value: 'image' } } } },
  ];

  it('computes what its models compute one after another, in branches too', async () => {
    const { model } = composeChain(links(), [{ alias: 'first', value: 'out' }]);
    expect(model.graph.outputs.map(({ name }) => name)).toEqual([
      'first:out',
      'first:side',
      'second:out',
      'second:side',
      'third:out',
      'third:side',
    ]);
    const feeds = await randomInputs(runtime, encodeModel(model), 3);
    const whole = await run(model, feeds);
    const first = await run(network(13, 1), { image: feeds['image']! });
    expect(numbers(whole['first:out']!)).toEqual(numbers(first['out']!));
    const plane = 36;
    const swapped = Float32Array.from(
      { length: 3 * plane },
      (_, at) => 2 * numbers(first['out']!)[(2 - Math.floor(at / plane)) * plane + (at % plane)]!,
    );
    const second = await run(network(17, 2), { image: { ...first['out']!, data: swapped } });
    for (const name of ['out', 'side']) expect(numbers(whole[`second:${name}`]!)).toEqual(numbers(second[name]!));
    const third = await run(network(17, 3), { image: feeds['image']! });
    expect(numbers(whole['third:out']!)).toEqual(numbers(third['out']!));
  });

  it('is taken apart into what it was made of', async () => {
    const { model } = composeChain(links());
    const read = decodeModel(encodeModel(model));
    const composition = compositionOf(read)!;
    for (const { alias, model: original } of links()) {
      const part = splitChain(read, composition, alias);
      expect(part.graph.nodes.map(({ name, op }) => `${name} ${op}`)).toEqual(original.graph.nodes.map(({ name, op }) => `${name} ${op}`));
      const feeds = await randomInputs(runtime, encodeModel(original), 5);
      expect(await run(part, feeds)).toEqual(await run(original, feeds));
    }
    expect(() => splitChain(read, composition, 'fourth')).toThrow('no model "fourth"');
  });

  it('binds the batch where one model takes a fixed one', () => {
    const fixed = network(17, 2);
    fixed.graph.inputs = [{ name: 'image', type: { kind: 'tensor', elementType: DataType.float32, shape: [1, 3, 6, 6] } }];
    const [first, , third] = links();
    const { model } = composeChain([{ ...first!, model: fixed }, third!]);
    expect(model.graph.inputs.map(({ type }) => type)).toMatchObject([{ shape: [1, 3, 6, 6] }]);
  });
});

itWithZoo('a picture made brighter, then searched for faces', async (zoo) => {
  const [sci, yunet] = await Promise.all(
    ['lowlight-sci/sci_medium.onnx', 'face-yunet/yunet_n_dynamic.onnx'].map((file) => readModel(path.join(zoo, 'models', file))),
  );
  const [input, output] = [sci!.graph.requiredInputs[0]!.name, sci!.graph.outputs[0]!.name];
  const faces = yunet!.graph.requiredInputs[0]!.name;
  const { model, composition } = composeChain([
    { alias: 'enhance', model: sci!, seams: {}, color: 'rgb' },
    { alias: 'detect', model: yunet!, seams: { [faces]: { from: { alias: 'enhance', value: output }, scale: 255, color: 'bgr' } } },
  ]);
  const random = seededRandom(1, 'dark');
  const dims = [1, 3, 64, 96];
  const dark: RuntimeTensor = {
    type: DataType.float32,
    dims,
    data: Float32Array.from({ length: 3 * 64 * 96 }, () => random.next() * 0.04),
  };
  const whole = await run(model, { [input]: dark });
  const bright = (await run(sci!, { [input]: dark }))[output]!;
  const plane = 64 * 96;
  const pixels = numbers(bright);
  const data = Float32Array.from({ length: 3 * plane }, (_, at) => 255 * pixels[(2 - Math.floor(at / plane)) * plane + (at % plane)]!);
  const found = await run(yunet!, { [faces]: { type: DataType.float32, dims, data } });
  expect(Object.keys(found).length).toBeGreaterThan(5);
  for (const [name, tensor] of Object.entries(found)) {
    const largest = Math.max(...numbers(tensor).map(Math.abs));
    numbers(tensor).forEach((value, at) => expect(Math.abs(value - numbers(whole[name]!)[at]!)).toBeLessThanOrEqual(1e-4 * largest));
  }
  const again = splitChain(model, composition, 'detect');
  expect(again.graph.nodes.map(({ label }) => label)).toEqual(yunet!.graph.nodes.map(({ label }) => label));
});
