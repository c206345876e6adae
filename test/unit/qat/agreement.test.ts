import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { copyPlan } from '../../../src/engine/quantize/copy-plan.ts';
import { writeStatic } from '../../../src/engine/quantize/write-static.ts';
import { exportTrained } from '../../../src/engine/qat/export.ts';
import type { OpenQat } from '../../../src/engine/qat/open.ts';
import { flatten, unflatten } from '../../../src/engine/train/parameters.ts';
import { itWithZoo } from '../../support/zoo.ts';
import { branchedNetwork, invertedNetwork, residualNetwork } from '../../support/trained-networks.ts';
import { answers, distance, forward, open } from './support.ts';

const networks: Readonly<Record<string, () => Model>> = {
  residual: () => residualNetwork(1, [8, 12], 'Relu'),
  inverted: () => invertedNetwork(2, [8, 8]),
  branched: () => branchedNetwork(3),
};

const schemes: Readonly<Record<string, Record<string, unknown>>> = {
  'w8a8 per channel': { round: 'nearest' },
  'w4a4 per channel': { weights: 4, activations: 4, round: 'nearest' },
  'w3a8 per tensor': { round: 'nearest', weights: 3, granularity: 'tensor' },
  'w2a8 symmetric, rounded by layer': { weights: 2, symmetric: true },
  'w4 alone': { round: 'nearest', weights: 4, activations: 'float' },
  'w4a4 signed activations': { round: 'nearest', weights: 4, activations: 4, 'activation-type': 'int8' },
};

function quantizedFirst({ plan, rounded }: OpenQat): Model {
  const copy = copyPlan(plan);
  writeStatic(copy.plan, new Map([...rounded].map(([node, layer]) => [copy.copyOf(node), layer])));
  return copy.plan.model;
}

/** The training model with its parameters moved about, and held as the loop holds them. */
function moved({ training, constraint }: OpenQat): Model {
  const model = cloneModel(training.model);
  const flat = flatten(model.graph, training.parameters);
  const random = seededRandom(3, 'moves');
  for (const { name, offset, size } of training.parameters) {
    const part = flat.subarray(offset, offset + size);
    const spread = training.kinds.get(name) === 'scale' ? 0.2 : 0.05 * Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / size);
    for (let i = 0; i < size; i++) part[i]! += spread * random.normal();
  }
  constraint(training.parameters).apply(flat, { step: 1, stepsPerEpoch: 10, epochs: 1 });
  unflatten(model.graph, training.parameters, flat);
  return model;
}

const cases = Object.keys(networks).flatMap((name, i) =>
  Object.keys(schemes).flatMap((scheme, j) => ((i + j) % 3 === 0 ? [] : [[name, scheme] as const])),
);

describe('a network while it is trained', () => {
  it.each(cases)('starts from what quantization wrote, and is written as it computes, to the bit: %s, %s', async (name, scheme) => {
    const work = await open(networks[name]!(), { ...schemes[scheme], 'batch-normalization': 'frozen' });
    const written = quantizedFirst(work);
    const exported = exportTrained(work.plan, work.training, work.training.model).model;
    expect(Buffer.compare(encodeModel(exported), encodeModel(written))).toBe(0);
    const batch = 16;
    const first = await answers(forward(work.training.model, batch), batch);
    const asWritten = await answers(encodeModel(written), batch);
    expect(distance(first, asWritten)).toBe(0);
    const trained = moved(work);
    const after = await answers(forward(trained, batch), batch);
    expect(distance(after, first)).toBeGreaterThan(1e-4);
    const afterWritten = await answers(encodeModel(exportTrained(work.plan, work.training, trained).model), batch);
    expect(distance(after, afterWritten)).toBe(0);
  });
});

itWithZoo('a real network is written as it was trained, to the bit', async (zoo) => {
  const model = await readModel(`${zoo}/models/cifar10-resnet8/resnet8_cifar10.onnx`);
  const work = await open(model, { weights: 4, activations: 4, round: 'nearest', 'batch-normalization': 'frozen' }, 'cpu', [3, 32, 32]);
  const trained = moved(work);
  const after = await answers(forward(trained, 16), 16, [3, 32, 32]);
  const written = await answers(encodeModel(exportTrained(work.plan, work.training, trained).model), 16, [3, 32, 32]);
  expect(distance(after, written)).toBe(0);
});
