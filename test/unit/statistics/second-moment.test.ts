import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { attributes, Node } from '../../../src/engine/onnx/graph.ts';
import type { RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { productShape } from '../../../src/engine/statistics/moment-graph.ts';
import { asIs, type LayerSample } from '../../../src/engine/statistics/layer-sample.ts';
import { MomentProbe } from '../../../src/engine/statistics/moment-probe.ts';
import { SecondMoment } from '../../../src/engine/statistics/second-moment.ts';

const runtime = await createOrtRuntime();
const context = plainContext();
const everywhere = 1e9;

function noise(dims: readonly number[], stream: string): RuntimeTensor {
  const random = seededRandom(3, stream);
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal());
  return { type: DataType.float32, dims, data };
}

const node = (op: string, given: Parameters<typeof attributes>[0] = {}): Node => new Node('', op, ['x', 'w'], ['y'], attributes(given));

interface Layer {
  readonly node: Node;
  readonly dims: readonly number[];
  readonly input: readonly number[];
  readonly target: readonly number[];
}

async function measure({ node, dims, input, target }: Layer, indices: readonly number[], positions = everywhere): Promise<SecondMoment> {
  const moment = new SecondMoment(productShape(node, dims)!, { input: 4, target: 4 });
  const probe = new MomentProbe({ node, dims, moment, positions, runtime, context });
  for (const index of indices)
    await probe.add({ input: asIs(noise(input, `x${index}`)), target: [asIs(noise(target, `y${index}`))] }, index);
  await probe.finish();
  await probe.dispose();
  return moment;
}

/** Columns [group][position][depth] of what the layer reads, by the definition of convolution and matrix product. */
function columns({ node, dims, target }: Layer, x: RuntimeTensor): number[][][] {
  const data = x.data as Float32Array;
  if (node.op !== 'Conv') {
    const depth = productShape(node, dims)!.depth;
    return [Array.from({ length: data.length / depth }, (_, i) => Array.from(data.subarray(i * depth, (i + 1) * depth)))];
  }
  const groups = node.int('group', 1);
  const [, perGroup, ...kernel] = dims as [number, number, ...number[]];
  const sizes = x.dims.slice(2);
  const outputs = target.slice(2);
  const ones = kernel.map(() => 1);
  const [strides, dilations] = [node.ints('strides') ?? ones, node.ints('dilations') ?? ones];
  const pads = node.ints('pads') ?? kernel.map((size, i) => (node.string('auto_pad', '') === 'SAME_UPPER' ? Math.floor(((outputs[i]! - 1) * strides[i]! + (size - 1) * dilations[i]! + 1 - sizes[i]!) / 2) : 0)); // prettier-ignore
  const places = (shape: readonly number[]): number[][] =>
    shape.reduce<number[][]>((all, size) => all.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])), [[]]);
  return Array.from({ length: groups }, (_, group) =>
    places(outputs).map((at) =>
      Array.from({ length: perGroup }, (_, c) => c).flatMap((c) =>
        places(kernel).map((tap) => {
          const from = at.map((o, i) => o * strides[i]! + tap[i]! * dilations[i]! - pads[i]!);
          if (from.some((value, i) => value < 0 || value >= sizes[i]!)) return 0;
          return data[from.reduce((sum, value, i) => sum * sizes[i]! + value, group * perGroup + c)]!;
        }),
      ),
    ),
  );
}

const layers: Record<string, Layer> = {
  'a convolution with stride and uneven padding': {
    node: node('Conv', { strides: [2, 1], pads: [0, 1, 1, 2] }),
    dims: [4, 3, 3, 3],
    input: [1, 3, 8, 7],
    target: [1, 4, 4, 8],
  },
  'a dilated convolution in groups': {
    node: node('Conv', { group: 2, dilations: [2, 2], pads: [2, 2, 2, 2] }),
    dims: [4, 2, 3, 3],
    input: [1, 4, 6, 6],
    target: [1, 4, 6, 6],
  },
  'a depthwise convolution': {
    node: node('Conv', { group: 5, pads: [1, 1, 1, 1] }),
    dims: [5, 1, 3, 3],
    input: [1, 5, 6, 6],
    target: [1, 5, 6, 6],
  },
  'automatic padding': {
    node: node('Conv', { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    dims: [3, 2, 3, 3],
    input: [1, 2, 7, 7],
    target: [1, 3, 4, 4],
  },
  'a convolution over one axis': { node: node('Conv', { pads: [1, 1] }), dims: [3, 2, 3], input: [1, 2, 9], target: [1, 3, 9] },
  'a convolution over three axes': {
    node: node('Conv', { strides: [1, 2, 1] }),
    dims: [2, 2, 2, 2, 2],
    input: [1, 2, 4, 4, 3],
    target: [1, 2, 3, 2, 2],
  },
  'a transposed Gemm': { node: node('Gemm', { transB: 1 }), dims: [3, 6], input: [1, 6], target: [1, 3] },
  'a MatMul of several rows': { node: node('MatMul'), dims: [6, 3], input: [2, 5, 6], target: [2, 5, 3] },
};

describe('the second moment of a layer', () => {
  it.each(Object.entries(layers))('is what its definition says: %s', async (_, layer) => {
    const moment = await measure(layer, [0, 1, 2]);
    const { groups, depth, outputs } = moment.shape;
    for (let group = 0; group < groups; group++) {
      const products = new Float64Array(depth * depth);
      const means = new Float64Array(depth);
      const cross = new Float64Array(depth * outputs);
      for (const index of [0, 1, 2]) {
        const own = columns(layer, noise(layer.input, `x${index}`))[group]!;
        const y = noise(layer.target, `y${index}`).data as Float32Array;
        own.forEach((x, position) => {
          const targets = Array.from({ length: outputs }, (_, i) => layer.node.op === 'Conv' ? y[(group * outputs + i) * own.length + position]! : y[position * outputs + i]!); // prettier-ignore
          x.forEach((a, i) => {
            means[i]! += a / (3 * own.length);
            x.forEach((b, j) => (products[i * depth + j]! += (a * b) / (3 * own.length)));
            targets.forEach((b, j) => (cross[i * outputs + j]! += (a * b) / (3 * own.length)));
          });
        });
      }
      const found = moment.group(group);
      for (const [ours, theirs] of [
        [found.inputProducts, products],
        [found.crossProducts, cross],
        [found.inputMeans, means],
      ] as const)
        // prettier-ignore
        for (let i = 0; i < theirs.length; i++) expect(ours[i]).toBeCloseTo(theirs[i]!, 4);
    }
  });

  it('looks at some rows of a picture as if the picture had only those, and at every row sooner or later', async () => {
    const layer: Layer = { node: node('Conv', { pads: [1, 1, 1, 1] }), dims: [1, 1, 3, 3], input: [1, 1, 12, 4], target: [1, 1, 12, 4] };
    const pictures = Array.from({ length: 24 }, (_, i) => i);
    const some = (await measure(layer, pictures, 16)).group(0);
    const all = (await measure(layer, pictures)).group(0);
    // 24 * 16 positions of white noise: moments are right to a tenth of the variance.
    for (let i = 0; i < 81; i++) expect(Math.abs(some.inputProducts[i]! - all.inputProducts[i]!)).toBeLessThan(0.25);
    const seen = new Set<number>();
    const moment = new SecondMoment(productShape(layer.node, layer.dims)!, { input: 40, target: 4 });
    const probe = new MomentProbe({ node: layer.node, dims: layer.dims, moment, positions: 16, runtime, context });
    for (const index of pictures) {
      const before = moment.pictures ? moment.group(0).targetMeans[0]! * moment.pictures : 0;
      const target = { ...noise(layer.target, ''), data: Float32Array.from({ length: 48 }, (_, i) => 2 ** Math.floor(i / 4) / 2 ** 12) };
      await probe.add({ input: asIs(noise(layer.input, '')), target: [asIs(target)] }, index);
      await probe.finish();
      const rows = Math.round((moment.group(0).targetMeans[0]! * moment.pictures - before) * 4 * 2 ** 12);
      for (let row = 0; row < 12; row++) if ((rows >> row) & 1) seen.add(row);
    }
    await probe.dispose();
    expect(seen.size).toBe(12);
  });

  it('of three parts is that of the whole, to the last bit', async () => {
    const layer = layers['a convolution with stride and uneven padding']!;
    const parts = await Promise.all(
      [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [8, 9, 10, 11, 12, 13, 14, 15],
        [16, 17],
      ].map((part) => measure(layer, part)),
    );
    const whole = await measure(
      layer,
      Array.from({ length: 18 }, (_, i) => i),
    );
    const merged = parts[2]!;
    merged.merge(parts[0]!);
    merged.merge(parts[1]!);
    expect(merged.group(0)).toEqual(whole.group(0));
    expect(merged.pictures).toBe(18);
    const other = new SecondMoment({ ...whole.shape, depth: 5 }, { input: 4, target: 4 });
    expect(() => merged.merge(other)).toThrow(expect.objectContaining({ code: 'statistics.parts' }));
  });

  it('leaves out the picture that is not finite, and only that', async () => {
    const layer = layers['a depthwise convolution']!;
    const good = await measure(layer, [0, 2]);
    const moment = new SecondMoment(good.shape, { input: 4, target: 4 });
    const probe = new MomentProbe({ node: layer.node, dims: layer.dims, moment, positions: everywhere, runtime, context });
    const sample = (index: number): LayerSample => ({
      input: asIs(noise(layer.input, `x${index}`)),
      target: [asIs(noise(layer.target, `y${index}`))],
    });
    const bad = sample(1);
    (bad.input.tensor.data as Float32Array)[7] = NaN;
    for (const [index, given] of [sample(0), bad, sample(2)].entries()) await probe.add(given, index);
    await probe.finish();
    await probe.dispose();
    expect(moment.pictures).toBe(2);
    good.group(3).inputProducts.forEach((value, i) => expect(moment.group(3).inputProducts[i]).toBeCloseTo(value, 5));
  });
});
