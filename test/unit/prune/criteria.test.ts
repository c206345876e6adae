import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { criteria, findCriterion, type CriterionRequest } from '../../../src/engine/prune/criteria/index.ts';
import { criterionSummaries } from '../../../src/engine/prune/criteria/settings.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { importanceOf } from '../../../src/engine/prune/importance/index.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { root } from '../../support/lathe.ts';
import { buildModel } from '../../support/model-builder.ts';
import { randomTensor } from '../../support/odd-networks.ts';
import { invertedNetwork } from '../../support/trained-networks.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const plain = { reduce: 'sum', normalize: 'none' } as const;

async function importance(
  name: string,
  model: Model,
  dataset?: Dataset,
  settings: Record<string, unknown> = {},
): Promise<ReadonlyMap<string, Float64Array>> {
  const request: CriterionRequest = {
    model,
    coupling: couplingOf(model),
    seed: 1,
    ...(dataset ? { pictures: { dataset, runtime, context: plainContext() } } : {}),
  };
  return importanceOf(findCriterion(name)!, settings, request, plain);
}

/** x [N, 3] → W1 → (ReLU) → W2 → y [N, 2], three inner channels that are worth very different things. */
function twoProducts(relu: boolean): Model {
  return buildModel({
    opset: 21,
    inputs: [{ name: 'x', shape: ['N', 3] }],
    outputs: [{ name: 'y', shape: ['N', 2] }],
    initializers: {
      first: Tensor.float32([3, 4], [1, 0, 0.5, -2, 0, 2, 0.5, 0.1, 1, 1, 0.5, 0]),
      second: Tensor.float32([4, 2], [0.2, 0.1, 1, -1, 3, 2, 0.1, 0]),
    },
    nodes: [
      ['MatMul', ['x', 'first'], ['h'], {}, { name: 'first' }],
      [relu ? 'Relu' : 'Identity', ['h'], ['r']],
      ['MatMul', ['r', 'second'], ['y'], {}, { name: 'second' }],
    ],
  });
}

it('lists every criterion, each with a file of its name', () => {
  expect(criteria.map(({ declaration }) => [declaration.name, declaration.summary])).toEqual(Object.entries(criterionSummaries));
  const files = readdirSync(path.join(root, 'src/engine/prune/criteria'));
  for (const name of Object.keys(criterionSummaries)) expect(files).toContain(`${name}.ts`);
  expect(existsSync(path.join(root, 'src/engine/prune/criteria/index.ts'))).toBe(true);
});

describe('criteria that look at weights', () => {
  it('see depthwise layers, and integers as what they stand for', async () => {
    const float = invertedNetwork(2, [8, 12]);
    const quantized = invertedNetwork(2, [8, 12]);
    for (const [name, tensor] of quantized.graph.initializers) {
      const user = quantized.graph.users(name)[0];
      if (user?.node.op !== 'Conv' || tensor.dims.length !== 4) continue;
      const values = tensor.toFloat32();
      const scale = Math.max(...values.map(Math.abs)) / 127;
      quantized.graph.initializers.set(
        name,
        Tensor.float32(
          tensor.dims,
          values.map((value) => Math.round(value / scale) * scale),
        ),
      );
    }
    const [a, b] = [await importance('l2', float), await importance('l2', quantized)];
    expect([...a.keys()]).toEqual([...b.keys()]);
    for (const [name, values] of a) values.forEach((value, i) => expect(b.get(name)![i]! / value).toBeCloseTo(1, 1));
    const depthwise = couplingOf(float).groups.find(({ slices }) => slices.some(({ node }) => node.int('group', 1) > 1))!;
    const slice = depthwise.slices.find(({ node, input }) => node.int('group', 1) > 1 && input === 1)!;
    const louder = invertedNetwork(2, [8, 12]);
    const values = louder.graph.initializers.get(slice.tensor)!.toFloat32();
    const each = values.length / depthwise.channels;
    values.fill(9, 3 * each, 4 * each);
    louder.graph.initializers.set(slice.tensor, Tensor.float32(louder.graph.initializers.get(slice.tensor)!.dims, values));
    const found = (await importance('l2', louder)).get(depthwise.name)!;
    expect(found.indexOf(Math.max(...found))).toBe(3);
  });

  it('by lot follow the seed alone', async () => {
    const model = twoProducts(true);
    expect(await importance('random', model)).toEqual(await importance('random', model));
  });

  it('by batch-norm scales say where there is none', async () => {
    await expect(importance('bn-scale', twoProducts(true))).rejects.toThrow(/needs batch normalization/);
  });
});

describe('criteria that look at pictures', () => {
  it.each(['taylor', 'hessian', 'activation', 'reconstruction'])('%s says so without any', async (name) => {
    await expect(importance(name, twoProducts(true))).rejects.toThrow(/looks at pictures/);
  });

  it('activation is the mean magnitude of what is read, or how often it is not zero', async () => {
    const model = twoProducts(true);
    const dataset = noiseDataset(12, [1, 3]);
    const tapped = twoProducts(true);
    tapped.graph.outputs = [{ name: 'r', type: { kind: 'tensor', elementType: 1 } }];
    const session = await runtime.load(encodeModel(tapped), { optimize: 'all', threads: 1 });
    const [means, active] = [new Float64Array(4), new Float64Array(4)];
    for await (const { input } of dataset.stream({ signal: new AbortController().signal })) {
      const { data } = (await session.run({ x: input }))['r']!;
      (data as Float32Array).forEach((value, channel) => {
        means[channel]! += Math.abs(value) / 12;
        active[channel]! += (value === 0 ? 0 : 1) / 12;
      });
    }
    await session.dispose();
    const [mean] = [...(await importance('activation', model, dataset, { activity: 'mean' })).values()];
    const [zeros] = [...(await importance('activation', model, dataset, { activity: 'zeros' })).values()];
    mean!.forEach((value, channel) => expect(value).toBeCloseTo(means[channel]!, 5));
    zeros!.forEach((value, channel) => expect(value).toBeCloseTo(active[channel]!, 5));
  });

  it('taylor without labels is the squared change of the outputs, which a linear network shows exactly', async () => {
    const model = twoProducts(false);
    const count = 4000;
    const [found] = [...(await importance('taylor', model, noiseDataset(count, [1, 3]))).values()];
    const [first, second] = ['first', 'second'].map((name) => model.graph.initializers.get(name)!.toFloat32()) as [
      Float32Array,
      Float32Array,
    ];
    // Both products see the same change; signs of 8 pictures a batch, 2 outputs each: the sum of their squares is what is expected.
    const inputs = [0, 1, 2, 3].map((channel) => [0, 1, 2].reduce((sum, row) => sum + first[row * 4 + channel]! ** 2, 0));
    const expected = inputs.map((square, channel) => 2 * 8 * square * (second[channel * 2]! ** 2 + second[channel * 2 + 1]! ** 2));
    found!.forEach((value, channel) => expect(Math.abs(value / expected[channel]! - 1)).toBeLessThan(0.25));
  }, 20_000);

  it('hessian and reconstruction put a channel that does nothing first', async () => {
    const model = buildModel({
      opset: 17,
      inputs: [{ name: 'x', shape: ['N', 3, 6, 6] }],
      outputs: [{ name: 'y', shape: ['N', 2] }],
      initializers: {
        w: randomTensor('w', [6, 3, 3, 3]),
        v: randomTensor('v', [4, 6, 3, 3]),
        f: randomTensor('f', [4, 2]),
      },
      nodes: [
        ['Conv', ['x', 'w'], ['a'], { pads: [1, 1, 1, 1] }, { name: 'a' }],
        ['Relu', ['a'], ['ra']],
        ['Conv', ['ra', 'v'], ['b'], { pads: [1, 1, 1, 1] }, { name: 'b' }],
        ['Relu', ['b'], ['rb']],
        ['GlobalAveragePool', ['rb'], ['g']],
        ['Flatten', ['g'], ['flat']],
        ['MatMul', ['flat', 'f'], ['y'], {}, { name: 'f' }],
      ],
    });
    const v = model.graph.initializers.get('v')!;
    const quiet = v.toFloat32().map((value, i) => (Math.floor(i / 9) % 6 === 4 ? value * 1e-3 : value));
    model.graph.initializers.set('v', Tensor.float32(v.dims, quiet));
    for (const name of ['hessian', 'taylor', 'reconstruction']) {
      const found = [...(await importance(name, model, noiseDataset(24, [1, 3, 6, 6]))).get('a')!];
      expect(
        found.every((value) => value >= 0),
        name,
      ).toBe(true);
      expect(found.indexOf(Math.min(...found)), name).toBe(4);
    }
  }, 20_000);
});
