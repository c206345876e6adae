import path from 'node:path';
import { describe, expect } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { resolveInputSettings } from '../../../src/engine/data/input-settings.ts';
import type { DataSource, InputDeclaration } from '../../../src/engine/data/source.ts';
import type { Dataset, InputSettings, ModelInput } from '../../../src/engine/data/types.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import type { QuantizeResult } from '../../../src/engine/quantize/types.ts';
import { itWithZoo } from '../../support/zoo.ts';
import { optimizedOperators, request, runtime } from '../../unit/quantize/support.ts';

const context = plainContext({ threads: 2 });
const normalized: InputDeclaration = { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const raw: InputDeclaration = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };

function inputOf(model: Model): ModelInput {
  const [input] = model.graph.requiredInputs;
  if (input?.type?.kind !== 'tensor') throw new Error('the model has no tensor input');
  return { name: input.name, type: input.type.elementType, shape: input.type.shape ?? [] };
}

async function open(zoo: string, model: Model, declared: InputDeclaration, source: DataSource): Promise<Dataset> {
  const modelInput = inputOf(model);
  const input: InputSettings = resolveInputSettings(declared, modelInput, new Map());
  return openDataset({ source, folder: zoo, input, modelInput, seed: 0 }, context);
}

async function top1(bytes: Uint8Array, dataset: Dataset, optimize: 'none' | 'all'): Promise<number> {
  const session = await runtime.load(bytes, { optimize, threads: 2 });
  let right = 0;
  for await (const { input, label } of dataset.stream({ signal: context.signal })) {
    const result = await session.run({ [session.inputs[0]!.name]: { ...input, dims: [1, ...input.dims] } });
    const scores = result[session.outputs[0]!.name]!.data as Float32Array;
    if (scores.indexOf(scores.reduce((a, b) => Math.max(a, b))) === label) right++;
  }
  await session.dispose();
  return (100 * right) / dataset.samples.length;
}

interface Scores {
  float: number;
  written: number;
  fused: number;
  result: QuantizeResult;
}

async function score(zoo: string, file: string, input: InputDeclaration, data: string): Promise<Scores> {
  const model = await readModel(path.join(zoo, 'models', file));
  const test = await open(zoo, model, input, { path: `data/${data}/test`, labels: 'folders', count: 1000 });
  const float = await top1(encodeModel(model), test, 'all');
  const calibration = await open(zoo, model, input, { path: `data/${data}/train`, labels: 'folders', count: 100 });
  const result = await quantizeStatic(model, request(), { runtime, context, dataset: calibration });
  const bytes = encodeModel(result.model);
  return { float, written: await top1(bytes, test, 'none'), fused: await top1(bytes, test, 'all'), result };
}

describe('int8 with default settings', () => {
  itWithZoo('ResNet-20 and ResNet-8 keep their score, as written and fused', async (zoo) => {
    for (const [file, input] of [
      ['cifar10-resnet/resnet20_cifar10_bn.onnx', normalized],
      ['cifar10-resnet8/resnet8_cifar10.onnx', raw],
    ] as const) {
      const { float, written, fused, result } = await score(zoo, file, input, 'cifar10');
      expect(written).toBeGreaterThanOrEqual(float - 0.7);
      expect(fused).toBeGreaterThanOrEqual(float - 0.7);
      expect(Math.abs(written - fused)).toBeLessThanOrEqual(0.3);
      expect(result.layers.every(({ weights }) => !weights || (weights.type === 'int8' && weights.sqnr! > 35))).toBe(true);
    }
  });

  itWithZoo('mnist-8 (opset 8, weights behind Reshape and among the inputs) is converted, and runs on integers alone', async (zoo) => {
    const gray: InputDeclaration = { color: 'gray', scale: 1, mean: [0], std: [1] };
    const { float, fused, result } = await score(zoo, 'mnist/mnist-8.onnx', gray, 'mnist');
    expect(fused).toBeGreaterThanOrEqual(float - 0.7);
    expect(result.notes.join(' ')).toContain('opset 8 to 13');
    expect(await optimizedOperators(result.model)).toMatchObject({ QLinearConv: 2, QGemm: 1 });
  });

  itWithZoo('YuNet (opset 11) runs all 59 convolutions on integers', async (zoo) => {
    const model = await readModel(path.join(zoo, 'models/face-yunet/yunet_n_320_320.onnx'));
    const input: InputDeclaration = {
      ...raw,
      color: 'bgr',
      resize: { size: [320, 320], mode: 'bilinear', antialias: false, fit: 'pad', align: 'top-left', value: 0 },
    };
    const calibration = await open(zoo, model, input, { path: 'data/faces', labels: 'boxes.json', split: 'calibration' });
    const { model: result, notQuantized } = await quantizeStatic(model, request(), { runtime, context, dataset: calibration });
    const found = await optimizedOperators(result);
    expect(found).toMatchObject({ QLinearConv: 59, QLinearAdd: 2, QLinearSigmoid: 6, QuantizeLinear: 1 });
    expect(found['Conv']).toBeUndefined();
    expect(notQuantized).toEqual([]);
  });
});
