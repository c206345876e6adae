import path from 'node:path';
import { describe, expect } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { resolveInputSettings } from '../../../src/engine/data/input-settings.ts';
import { compareModels } from '../../../src/engine/evaluate/compare.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
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
