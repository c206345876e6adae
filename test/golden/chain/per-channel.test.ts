import { beforeAll, describe, expect, it } from 'vitest';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import type { Link } from '../../../src/engine/chain/link.ts';
import { compositionOf, splitChain } from '../../../src/engine/chain/split.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';
import { buildModel } from '../../support/model-builder.ts';
import type { Inputs } from '../../support/same-outputs.ts';

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

const numbers = ({ data }: RuntimeTensor): number[] => Array.from(data as Float32Array);
const random = seededRandom(1, 'pictures');
const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

/** A gray denoiser that looks around each pixel. */
const gray = (batch: number | string, layout: 'nchw' | 'nhwc' = 'nchw'): Model => {
  const shape = layout === 'nchw' ? [batch, 1, 5, 6] : [batch, 5, 6, 1];
  const weights = Tensor.float32([1, 1, 3, 3], values(9));
  const around = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  return buildModel({
    opset: 17,
    inputs: [{ name: 'noisy', shape }],
    outputs: [{ name: 'clean', shape }],
    nodes:
      layout === 'nchw'
        ? [['Conv', ['noisy', 'w'], ['clean'], around]]
        : [
            ['Transpose', ['noisy'], ['first'], { perm: [0, 3, 1, 2] }],
            ['Conv', ['first', 'w'], ['y'], around],
            ['Transpose', ['y'], ['clean'], { perm: [0, 2, 3, 1] }],
          ],
    initializers: { w: weights },
  });
};

const passing = (batch: number | string): Model =>
  buildModel({
    opset: 17,
    inputs: [{ name: 'image', shape: [batch, 3, 5, 6] }],
    outputs: [{ name: 'same', shape: [batch, 3, 5, 6] }],
    nodes: [['Identity', ['image'], ['same']]],
  });

const links = (model: Model, batch: number | string, layout?: 'nchw' | 'nhwc'): Link[] => [
  { alias: 'denoise', model, seams: {}, color: 'rgb', perChannel: true, ...(layout ? { layout } : {}) },
  {
    alias: 'detect',
    model: passing(batch),
    seams: { image: { from: { alias: 'denoise', value: 'clean' }, scale: 2, color: 'bgr', layout: 'nchw' } },
  },
];

/** Keeps whatever size comes in. */
const anySize = (): Model =>
  buildModel({
    opset: 17,
    inputs: [{ name: 'picture', shape: ['N', 3, 'H', 'W'] }],
    outputs: [{ name: 'better', shape: ['N', 3, 'H', 'W'] }],
    nodes: [['Relu', ['picture'], ['better']]],
  });

it('takes the size that a model further on has to have', () => {
  const { model } = composeChain([
    { alias: 'a', model: anySize(), seams: {}, color: 'rgb' },
    { alias: 'b', model: anySize(), seams: { picture: { from: { alias: 'a', value: 'better' } } } },
    { alias: 'c', model: passing(1), seams: { image: { from: { alias: 'b', value: 'better' }, color: 'bgr' } } },
  ]);
  expect(model.graph.inputs).toMatchObject([{ type: { shape: [1, 3, 5, 6] } }]);
  const resized = composeChain([
    { alias: 'a', model: anySize(), seams: {}, color: 'rgb' },
    {
      alias: 'c',
      model: passing(1),
      seams: {
        image: {
          from: { alias: 'a', value: 'better' },
          resize: { size: [5, 6], mode: 'bilinear', antialias: false, fit: 'stretch', align: 'center', value: 0 },
        },
      },
    },
  ]);
  expect(resized.model.graph.inputs).toMatchObject([{ type: { shape: [1, 3, 'H', 'W'] } }]);
});

describe('a model of one channel in a chain', () => {
  it.each([
    ['N', 'N', 2],
    ['N', 1, 1],
    [1, 1, 1],
  ])('does each channel by itself: batch %s, then %s', async (batch, next, count) => {
    const model = gray(batch);
    const whole = decodeModel(encodeModel(composeChain(links(model, next)).model));
    expect(whole.graph.inputs).toMatchObject([{ name: 'noisy' }]);
    const data = values(count * 3 * 30);
    const same = (await run(whole, { noisy: { type: DataType.float32, dims: [count, 3, 5, 6], data } }))['same']!;
    expect(same.dims).toEqual([count, 3, 5, 6]);
    for (let picture = 0; picture < count; picture++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = (picture * 3 + channel) * 30;
        const alone = await run(model, { noisy: { type: DataType.float32, dims: [1, 1, 5, 6], data: data.slice(at, at + 30) } });
        const there = (picture * 3 + 2 - channel) * 30;
        expect(numbers(same).slice(there, there + 30)).toEqual(numbers(alone['clean']!).map((value) => 2 * value));
      }
    }
    const part = splitChain(whole, compositionOf(whole)!, 'denoise');
    const planes = { noisy: { type: DataType.float32, dims: [3, 1, 5, 6], data: data.slice(0, 90) } };
    if (batch === 'N') expect(await run(part, planes)).toEqual(await run(model, planes));
    else expect(part.graph.inputs).toMatchObject([{ type: { shape: [3, 1, 5, 6] } }]);
  });

  it('does so where channels come last, and at the end of the whole', async () => {
    const model = gray('N', 'nhwc');
    const [first] = links(model, 'N', 'nhwc');
    const { model: whole } = composeChain([first!]);
    expect(whole.graph.outputs).toMatchObject([{ name: 'clean', type: { shape: ['N', 5, 6, 3] } }]);
    const data = values(90);
    const clean = (await run(whole, { noisy: { type: DataType.float32, dims: [1, 5, 6, 3], data } }))['clean']!;
    for (let channel = 0; channel < 3; channel++) {
      const own = Float32Array.from({ length: 30 }, (_, at) => data[at * 3 + channel]!);
      const alone = await run(model, { noisy: { type: DataType.float32, dims: [1, 5, 6, 1], data: own } });
      expect(numbers(alone['clean']!)).toEqual(Array.from({ length: 30 }, (_, at) => numbers(clean)[at * 3 + channel]!));
    }
  });

  it('is refused where it takes no pictures of one channel, and where nobody knows how many come in', () => {
    expect(() => composeChain([{ alias: 'a', model: passing('N'), seams: {}, color: 'rgb', perChannel: true }])).toThrow(
      'its input "image" takes [N,3,5,6], no pictures of one channel',
    );
    expect(() => composeChain([{ alias: 'a', model: gray('N'), seams: {}, perChannel: true }])).toThrow('how many channels come in');
  });
});
