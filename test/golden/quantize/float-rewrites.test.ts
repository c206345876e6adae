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
import { itWithZoo } from '../../support/zoo.ts';
import { request, runtime } from '../../unit/quantize/support.ts';

const context = plainContext({ threads: 1 });

interface Case {
  readonly file: string;
  readonly input: InputDeclaration;
  readonly calibration: DataSource;
  readonly test: DataSource;
}

const imagenet = { path: 'data/imagenet-sample', labels: 'labels.csv' } as const;
const mobileNet: Case = {
  file: 'imagenet-mobilenetv1-025/mobilenetv1_0.25_224_imagenet.onnx',
  input: { color: 'rgb', scale: '1/127.5', mean: [1, 1, 1], std: [1, 1, 1], crop: 224 },
  calibration: { ...imagenet, split: 'calibration', count: 24 },
  test: { ...imagenet, split: 'test', count: 100 },
};
const resnet20: Case = {
  file: 'cifar10-resnet/resnet20_cifar10_bn.onnx',
  input: { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  calibration: { path: 'data/cifar10/train', labels: 'folders', count: 20 },
  test: { path: 'data/cifar10/test', labels: 'folders', count: 300 },
};

class Trial {
  private constructor(
    readonly file: string,
    readonly calibration: Dataset,
    readonly test: Dataset,
    readonly input: InputSettings,
  ) {}

  static async open(zoo: string, { file, input: declared, calibration, test }: Case): Promise<Trial> {
    const [info] = (await readModel(path.join(zoo, 'models', file))).graph.requiredInputs;
    if (info?.type?.kind !== 'tensor') throw new Error('the model has no tensor input');
    const modelInput: ModelInput = { name: info.name, type: info.type.elementType, shape: info.type.shape ?? [] };
    const input = resolveInputSettings(declared, modelInput, new Map());
    const open = (source: DataSource): Promise<Dataset> => openDataset({ source, folder: zoo, input, modelInput, seed: 0 }, context);
    return new Trial(path.join(zoo, 'models', file), await open(calibration), await open(test), input);
  }

  async top1(different: Parameters<typeof request>[0] | 'float'): Promise<number> {
    const model = await readModel(this.file);
    if (different === 'float') return this.#score(model);
    const free = different?.statistics === 'batch-norm';
    const { model: result } = await quantizeStatic(model, request(different), {
      runtime,
      context,
      ...(free ? { input: this.input } : { dataset: this.calibration }),
    });
    return this.#score(result);
  }

  async #score(model: Model): Promise<number> {
    const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: 1 });
    let right = 0;
    for await (const { input, label } of this.test.stream({ signal: context.signal })) {
      const result = await session.run({ [session.inputs[0]!.name]: { ...input, dims: [1, ...input.dims] } });
      const scores = result[session.outputs[0]!.name]!.data as Float32Array;
      // Some classifiers have one class more, in front.
      if (scores.indexOf(scores.reduce((a, b) => Math.max(a, b))) - (scores.length % 10) === label) right++;
    }
    await session.dispose();
    return (100 * right) / this.test.samples.length;
  }
}

describe('rewrites of the float model', () => {
  itWithZoo('MobileNetV1 on one scale a tensor: dead channels, equalization and measured biases bring it back', async (zoo) => {
    const trial = await Trial.open(zoo, mobileNet);
    const coarse = { granularity: 'tensor', 'remove-dead': false, 'bias-passes': 0 };
    const naive = await trial.top1(coarse);
    const equalized = await trial.top1({ ...coarse, 'remove-dead': true, equalize: true });
    const corrected = await trial.top1({ granularity: 'tensor', equalize: true });
    const float = await trial.top1('float');
    expect(naive).toBeLessThan(20);
    expect(equalized).toBeGreaterThan(naive + 20);
    expect(corrected).toBeGreaterThan(float - 15);
  });

  itWithZoo('ResNet-20 and MobileNetV1 become int8 without a picture', async (zoo) => {
    for (const [model, loss] of [
      [resnet20, 1.5],
      [mobileNet, 4],
    ] as const) {
      const trial = await Trial.open(zoo, model);
      expect(await trial.top1({ statistics: 'batch-norm' })).toBeGreaterThan((await trial.top1('float')) - loss);
    }
  });
});
