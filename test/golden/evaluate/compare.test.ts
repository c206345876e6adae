import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { resolveInputSettings } from '../../../src/engine/data/input-settings.ts';
import { compareModels } from '../../../src/engine/evaluate/compare.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { readModel, writeModel } from '../../../src/engine/onnx/file.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { modelInputs } from '../../../src/engine/pipeline/run-data.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { root } from '../../support/lathe.ts';
import { itWithZoo } from '../../support/zoo.ts';

/** An exporter folded the normalizations of these models: every layer must find its partner, with the same values. */
describe('a model with its normalizations, and without', () => {
  for (const name of [
    'cifar10-resnet/resnet20_cifar10',
    'cifar10-vgg-mobilenet/vgg16q_cifar10',
    'cifar10-vgg-mobilenet/mbv2_050_cifar10',
  ]) {
    itWithZoo(name, async (zoo) => {
      const context = plainContext();
      const runtime = await createOrtRuntime();
      const modelInput = { name: 'input', type: DataType.float32, shape: ['N', 3, 32, 32] } as const;
      const input = resolveInputSettings(
        { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
        modelInput,
      );
      const source = { path: 'data/cifar10/test', count: 2 };
      const dataset = await openDataset({ source, folder: zoo, input, modelInput, seed: 0 }, context);
      const [a, b] = [`${name}_bn.onnx`, `${name}.onnx`].map((file) => path.join(zoo, 'models', file)) as [string, string];
      const { document } = await compareModels({ a, b, dataset }, { runtime, context });
      const convolutions = document.layers.filter(({ op }) => op === 'Conv');
      expect(convolutions.length).toBeGreaterThan(12);
      expect(convolutions.length).toBe(document.structure.changed.filter((label) => /Conv/i.test(label)).length);
      for (const layer of document.layers) expect(layer.sqnrDb ?? Infinity, `${layer.a} and ${layer.b}`).toBeGreaterThan(90);
      expect(document.outputs[0]!.sqnrDb).toBeGreaterThan(90);
    });
  }
});

it('a model whose values are too many for one session is compared in parts, with the same figures', async () => {
  const [context, runtime] = [plainContext(), await createOrtRuntime()];
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-compare-'));
  try {
    const a = path.join(root, 'samples/shapes/model.onnx');
    const model = await readModel(a);
    const [weights] = [...model.graph.initializers].filter(([, tensor]) => tensor.dims.length === 4);
    model.graph.initializers.set(weights![0], Tensor.float32(weights![1].dims, weights![1].toFloat32().map((value, i) => value + (i % 3) * 1e-3))); // prettier-ignore
    const b = path.join(folder, 'other.onnx');
    await writeModel(model, b);
    const [given] = modelInputs(model);
    const input = resolveInputSettings({ color: 'rgb', scale: '1/255', mean: 0, std: 1 }, given!);
    const request = { source: { path: 'samples/shapes/pictures', count: 3 }, folder: root, input, modelInput: given!, seed: 0 };
    const compare = async (parts: { sessionBytes?: number }) =>
      compareModels({ a, b, dataset: await openDataset(request, context), histograms: true, ...parts }, { runtime, context });
    const [whole, parted] = [await compare({}), await compare({ sessionBytes: 20_000 })];
    expect(whole.document.samples).toBe(3);
    expect(whole.document.layers.some(({ equal }) => !equal)).toBe(true);
    expect(parted).toEqual(whole);
  } finally {
    await rm(folder, { recursive: true });
  }
});
