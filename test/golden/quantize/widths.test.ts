import path from 'node:path';
import { describe, expect } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { resolveInputSettings } from '../../../src/engine/data/input-settings.ts';
import type { InputDeclaration } from '../../../src/engine/data/source.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { itWithZoo } from '../../support/zoo.ts';
import { request, runtime } from '../../unit/quantize/support.ts';

const context = plainContext({ threads: 2 });

/** Training pictures of CIFAR-10 as ResNet-8 reads them. */
function pictures(zoo: string, model: Model, count: number, seed: number): Promise<Dataset> {
  const [input] = model.graph.requiredInputs;
  if (input?.type?.kind !== 'tensor') throw new Error('the model has no tensor input');
  const modelInput = { name: input.name, type: input.type.elementType, shape: input.type.shape ?? [] };
  const declared: InputDeclaration = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
  const source = { path: 'data/cifar10/train', labels: 'folders', count } as const;
  return openDataset({ source, folder: zoo, input: resolveInputSettings(declared, modelInput, new Map()), modelInput, seed }, context);
}

async function classes(model: Model, dataset: Dataset, optimize: 'none' | 'all'): Promise<number[]> {
  const session = await runtime.load(encodeModel(model), { optimize, threads: 2 });
  const found: number[] = [];
  for await (const { input } of dataset.stream({ signal: context.signal })) {
    const result = await session.run({ [session.inputs[0]!.name]: { ...input, dims: [1, ...input.dims] } });
    const scores = result[session.outputs[0]!.name]!.data as Float32Array;
    found.push(scores.indexOf(scores.reduce((a, b) => Math.max(a, b))));
  }
  await session.dispose();
  return found;
}

/** Per cent of equal entries. */
const agreement = (a: readonly number[], b: readonly number[]): number => (100 * a.filter((value, i) => value === b[i]).length) / a.length;

describe('ResNet-8 at other widths', () => {
  itWithZoo('agrees with the float model as far as its bits allow, as written and fused', async (zoo) => {
    const load = (): Promise<Model> => readModel(path.join(zoo, 'models/cifar10-resnet8/resnet8_cifar10.onnx'));
    const float = await load();
    const [calibration, judged] = [await pictures(zoo, float, 60, 0), await pictures(zoo, float, 150, 77)];
    const expected = await classes(float, judged, 'all');
    for (const [settings, least] of [
      [{ weights: 16, activations: 16 }, 99],
      [{ weights: 8, activations: 16 }, 96],
      [{ weights: 4, granularity: 'block', storage: 'packed' }, 88],
      [{ activations: 4, calibrate: 'mse' }, 90],
      [{ weights: 4, activations: 4, calibrate: 'mse', storage: 'packed' }, 82],
    ] as const) {
      const { model } = await quantizeStatic(await load(), request(settings), { runtime, context, dataset: calibration });
      const written = await classes(model, judged, 'none');
      const what = JSON.stringify(settings);
      expect(agreement(expected, written), what).toBeGreaterThanOrEqual(least);
      expect(agreement(written, await classes(model, judged, 'all')), what).toBeGreaterThanOrEqual(98);
    }
  });
});
