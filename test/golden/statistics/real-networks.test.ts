import path from 'node:path';
import { expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Graph } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { collect, collectStatistics } from '../../../src/engine/statistics/collect.ts';
import type { Histogram } from '../../../src/engine/statistics/histogram.ts';
import { simplify } from '../../../src/engine/simplify/index.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { buildModel } from '../../support/model-builder.ts';
import { itWithZoo } from '../../support/zoo.ts';

const kinds = ['minmax', 'pictures', 'histogram'] as const;

itWithZoo('statistics of real networks are the same bytes with 1, 2 and 4 threads', async (zoo) => {
  const runtime = await createOrtRuntime();
  for (const [file, dims] of [
    ['cifar10-resnet/resnet20_cifar10_bn.onnx', [3, 32, 32]],
    ['imagenet-mobilenetv1-025/mobilenetv1_0.25_224_imagenet.onnx', [3, 224, 224]],
    ['face-yunet/yunet_n_320_320.onnx', [3, 320, 320]],
    ['denoise-dncnn25/dncnn25_gray.onnx', [1, 48, 40]],
  ] as const) {
    const model = await readModel(path.join(zoo, 'models', file));
    await simplify(model, { runtime, context: plainContext() });
    const { graph } = model;
    const observed = graph.nodes.filter(({ op }) => ['Conv', 'Relu', 'Clip', 'Add', 'Gemm', 'MaxPool', 'Sigmoid'].includes(op));
    const values = [graph.requiredInputs[0]!.name, ...observed.map(({ outputs }) => outputs[0]!)];
    const means = observed.flatMap(({ op, inputs }) => {
      const weights = op === 'Conv' && inputs[0] !== values[0] ? graph.constant(inputs[1]!) : undefined;
      return weights && observed[0]!.op === 'Conv'
        ? [{ value: inputs[0]!, rank: 4, axis: 1, channels: channelsOf(graph, inputs[0]!) }]
        : [];
    });
    const unique = means.filter(({ value, channels }, i) => channels > 0 && means.findIndex((other) => other.value === value) === i);
    for (const kind of kinds) {
      const results: string[] = [];
      for (const threads of [1, 2, 4]) {
        const request = { model, values, means: unique, kind, dataset: noiseDataset(2, dims), runtime, context: plainContext({ threads }) };
        results.push(JSON.stringify((await collect(request)).save()));
      }
      expect(new Set(results).size, `${file}, ${kind}`).toBe(1);
    }
  }
});

/** Channels of a value that a convolution (perhaps behind an activation) makes; 0 where that is not how it is made. */
function channelsOf(graph: Graph, value: string): number {
  const producer = graph.producer(value);
  if (producer?.op === 'Conv') return graph.constant(producer.inputs[1]!)?.dims[0] ?? 0;
  return producer && ['Relu', 'Clip'].includes(producer.op) ? channelsOf(graph, producer.inputs[0]!) : 0;
}

it('large activations are fetched a few at a time', async () => {
  const runtime = await createOrtRuntime();
  const fetched: number[] = [];
  const watched: Runtime = {
    ...runtime,
    async load(model, options) {
      const session = await runtime.load(model, options);
      const run: typeof session.run = async (feeds, fetches) => {
        const found = await session.run(feeds, fetches);
        fetched.push(Object.values(found).reduce((bytes, { data }) => bytes + ('byteLength' in data ? data.byteLength : 0), 0));
        return found;
      };
      return { ...session, run };
    },
  };
  const size = 1024;
  const model = buildModel({
    inputs: [{ name: 'x', shape: [1, 1, size, size] }],
    outputs: ['d'],
    nodes: [
      ['Conv', ['x', 'w'], ['a']],
      ['Relu', ['a'], ['b']],
      ['Neg', ['b'], ['c']],
      ['ReduceMax', ['c'], ['d'], { keepdims: 0 }],
    ],
    initializers: { w: Tensor.float32([10, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) },
  });
  const request = { model, values: ['x', 'a', 'b', 'c', 'd'], kind: 'histogram' as const, dataset: noiseDataset(1, [1, size, size]) };
  const statistics = await collectStatistics({ ...request, runtime: watched, context: plainContext() });
  for (const name of ['a', 'b', 'c']) expect((statistics.get(name) as Histogram).total).toBe(10 * size * size);
  expect(Math.max(...fetched)).toBeLessThanOrEqual(64 * 2 ** 20);
});
