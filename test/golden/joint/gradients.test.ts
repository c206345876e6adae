import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import { atPlace } from '../../../src/engine/joint/at-place.ts';
import { placeOf } from '../../../src/engine/joint/places.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { mse } from '../../../src/engine/train/losses/mse.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { passable, takeWeights } from '../../../src/engine/train/passable.ts';
import { flatten, parametersOf, unflatten } from '../../../src/engine/train/parameters.ts';
import { stepGraph } from '../../../src/engine/train/step-graph.ts';
import { buildModel } from '../../support/model-builder.ts';

const batch = 2;
let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const random = seededRandom(3, 'joint');
const tensor = (...dims: number[]): Tensor => {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return Tensor.float32(
    dims,
    Float32Array.from({ length: size }, () => random.normal() * Math.sqrt(2 / (size / dims[0]!))),
  );
};
const float = DataType.float32;
const picture = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 3, 8, 8] });

/** A picture from a picture. */
const restore = (): Model =>
  buildModel({
    inputs: [picture('noisy')],
    outputs: [picture('clean')],
    initializers: { w: tensor(3, 3, 3, 3), v: tensor(3, 3, 1, 1) },
    nodes: [
      ['Conv', ['noisy', 'w'], ['c'], { pads: [1, 1, 1, 1] }, { name: 'first' }],
      ['Tanh', ['c'], ['t'], {}, { name: 'bend' }],
      ['Conv', ['t', 'v'], ['clean'], {}, { name: 'last' }],
    ],
  });

/** Five classes of a picture; `rounded`: with weights and activations as an earlier step would have left them. */
const classify = (rounded: boolean): Model => {
  const weights = tensor(4, 3, 3, 3);
  const codes = Int8Array.from(weights.toFloat32(), (value) => Math.max(-127, Math.min(127, Math.round(value / 0.01))));
  return buildModel({
    inputs: [picture('image')],
    outputs: [{ name: 'scores', type: 'float32', shape: ['N', 5] }],
    initializers: {
      ...(rounded
        ? {
            codes: Tensor.of(DataType.int8, [4, 3, 3, 3], codes),
            step: Tensor.float32([], [0.01]),
            zero: Tensor.of(DataType.int8, [], Int8Array.of(0)),
            scale: Tensor.float32([], [0.03]),
            middle: Tensor.of(DataType.uint8, [], Uint8Array.of(120)),
          }
        : { w: weights }),
      gamma: Tensor.float32([4], [1, 0.5, 2, 1]),
      beta: Tensor.float32([4], [0, 0.1, -0.2, 0.3]),
      mean: Tensor.float32([4], [0.1, 0, -0.1, 0.2]),
      variance: Tensor.float32([4], [1, 2, 0.5, 1]),
      f: tensor(5, 4),
    },
    nodes: [
      ...(rounded
        ? ([
            ['QuantizeLinear', ['image', 'scale', 'middle'], ['qi'], {}, { name: 'q' }],
            ['DequantizeLinear', ['qi', 'scale', 'middle'], ['i'], {}, { name: 'd' }],
            ['DequantizeLinear', ['codes', 'step', 'zero'], ['w'], {}, { name: 'dw' }],
          ] as const)
        : []),
      ['Conv', [rounded ? 'i' : 'image', 'w'], ['c'], {}, { name: 'conv' }],
      ['BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance'], ['n'], {}, { name: 'norm' }],
      ['Tanh', ['n'], ['t'], {}, { name: 'bend' }],
      ['GlobalAveragePool', ['t'], ['p'], {}, { name: 'pool' }],
      ['Flatten', ['p'], ['h'], {}, { name: 'flat' }],
      ['Gemm', ['h', 'f'], ['scores'], { transB: 1 }, { name: 'fc' }],
    ],
  });
};

const chainOf = (rounded: boolean) =>
  composeChain([
    { alias: 'restore', model: restore(), seams: {} },
    {
      alias: 'classify',
      model: classify(rounded),
      seams: { image: { from: { alias: 'restore', value: 'clean' }, scale: 2, mean: [0.1] } },
    },
  ]);

const feeds = (): Record<string, RuntimeTensor> => {
  const seeded = seededRandom(5, 'batch');
  const values = (): Float32Array => Float32Array.from({ length: batch * 3 * 64 }, () => seeded.normal());
  const labels = Float32Array.from({ length: batch * 5 }, (_, i) => (i % 5 === Math.floor(i / 5) ? 1 : 0));
  return {
    noisy: { type: float, dims: [batch, 3, 8, 8], data: values() },
    target: { type: float, dims: [batch, 3, 8, 8], data: values() },
    labels: { type: float, dims: [batch, 5], data: labels },
  };
};

describe.each([
  ['floats', false],
  ['a model that stays rounded, and its stored normalization', true],
])('one loss over a chain of %s', (_, rounded) => {
  const { model, composition } = chainOf(rounded);
  const parameters = parametersOf(model, (layer) => !rounded || layer.startsWith('restore:'));
  const through = passable(model, parameters);
  const losses = [
    { loss: atPlace(crossEntropy(), placeOf('classify', composition), composition), weight: 1 },
    { loss: atPlace(mse, placeOf('restore.clean', composition), composition), weight: 0.3 },
  ];

  const run = async (moves: readonly Float32Array[]): Promise<{ loss: number; gradients: Float32Array }[]> => {
    const step = stepGraph(through, { batch, parameters, losses, lowering: portable, batchNormalization: rounded ? 'training' : 'frozen' });
    const session = await runtime.load(encodeModel(step.model), { optimize: 'none', threads: 1, unplannedMemory: true });
    try {
      const found: { loss: number; gradients: Float32Array }[] = [];
      for (const data of moves) {
        const results = await session.run({ ...feeds(), parameters: { type: float, dims: [data.length], data } });
        found.push({
          loss: Number(results[step.names.loss]!.data[0]),
          gradients: Float32Array.from(results[step.names.gradients]!.data as Float32Array),
        });
      }
      return found;
    } finally {
      await session.dispose();
    }
  };

  it('is what ONNX Runtime makes of the models one behind the other', async () => {
    const { loss } = (await run([flatten(model.graph, parameters)]))[0]!;
    const of = async (part: Model, input: string, value: RuntimeTensor): Promise<Float32Array> => {
      const session = await runtime.load(encodeModel(part), { optimize: 'none', threads: 1 });
      const results = await session.run({ [input]: value });
      await session.dispose();
      return Float32Array.from(Object.values(results)[0]!.data as Float32Array);
    };
    const { noisy, target, labels } = feeds();
    const parts = partsOf(model);
    const clean = await of(parts.restore, 'noisy', noisy!);
    const scores = await of(parts.classify, 'image', { type: float, dims: [batch, 3, 8, 8], data: clean.map((x) => x * 2 - 0.1) });
    const error = clean.reduce((sum, x, i) => sum + (x - (target!.data as Float32Array)[i]!) ** 2, 0) / clean.length;
    let cross = 0;
    for (let row = 0; row < batch; row++) {
      const own = [...scores.subarray(row * 5, row * 5 + 5)];
      const sum = Math.log(own.reduce((total, x) => total + Math.exp(x), 0));
      cross -= own.reduce((total, x, i) => total + (labels!.data as Float32Array)[row * 5 + i]! * (x - sum), 0) / batch;
    }
    expect(loss).toBeCloseTo(cross + 0.3 * error, 4);
  });

  it.skipIf(rounded)('has the gradient of central differences', async () => {
    const start = flatten(model.graph, parameters);
    const seeded = seededRandom(9, 'direction');
    const direction = start.map(() => (seeded.next() < 0.5 ? -1 : 1));
    const h = 1e-3;
    const at = (by: number): Float32Array => start.map((value, i) => value + by * direction[i]!);
    const [here, ...around] = await run([start, at(h), at(-h), at(2 * h), at(-2 * h)]);
    const [up, down, up2, down2] = around.map(({ loss }) => loss) as [number, number, number, number];
    const slope = (8 * (up - down) - (up2 - down2)) / (12 * h);
    const expected = here!.gradients.reduce((sum, value, i) => sum + value * direction[i]!, 0);
    expect(Math.abs(slope - expected) / Math.hypot(...here!.gradients)).toBeLessThan(0.01);
    for (const { offset, size, name } of parameters) {
      const own = here!.gradients.subarray(offset, offset + size);
      expect(Math.hypot(...own), name).toBeGreaterThan(0);
    }
  });

  it('leaves what is not trained as it is', () => {
    const copy = cloneModel(model);
    const before = [...copy.graph.initializers].filter(([name]) => !parameters.some((one) => one.name === name));
    const flat = flatten(through.graph, parameters).map((value) => value + 1);
    unflatten(through.graph, parameters, flat);
    takeWeights(copy.graph, through.graph);
    expect(flatten(copy.graph, parameters)).toEqual(flat);
    if (rounded)
      for (const [name, value] of before) expect(copy.graph.initializers.get(name)!.toFloat64(), name).toEqual(value.toFloat64());
  });
});

/** The models apart, built from the weights of the whole. */
function partsOf(whole: Model): Record<'restore' | 'classify', Model> {
  const parts = { restore: restore(), classify: classify(whole.graph.nodes.some(({ op }) => op === 'QuantizeLinear')) };
  for (const [alias, part] of Object.entries(parts))
    for (const name of part.graph.initializers.keys()) part.graph.initializers.set(name, whole.graph.initializers.get(`${alias}:${name}`)!);
  return parts;
}
