import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { decodePicture } from '../../../src/engine/data/formats/index.ts';
import { resolveInputSettings } from '../../../src/engine/data/input-settings.ts';
import type { DataSource, InputDeclaration } from '../../../src/engine/data/source.ts';
import { evaluateModel } from '../../../src/engine/evaluate/evaluate.ts';
import type { Evaluation } from '../../../src/engine/evaluate/part.ts';
import type { Task } from '../../../src/engine/recipe/types.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { itWithZoo } from '../../support/zoo.ts';

/** Scores that the zoo's README and SOURCE files state, reached through our own decoding, resizing and metrics. */

const context = plainContext({ threads: 2 });
const raw: InputDeclaration = { scale: 1, mean: 0, std: 1 };

async function evaluate(zoo: string, model: string, task: Task, input: InputDeclaration, source: DataSource): Promise<Evaluation> {
  const runtime = await createOrtRuntime();
  const file = path.join(zoo, 'models', model);
  const session = await runtime.load({ path: file }, { optimize: 'none', threads: 1 });
  const modelInput = session.inputs[0]!;
  await session.dispose();
  const settings = resolveInputSettings(input, modelInput);
  const dataset = await openDataset({ source, folder: zoo, input: settings, modelInput, seed: 0 }, context);
  return evaluateModel({ model: file, task, dataset, decode: source.decode, match: source.match }, { runtime, context });
}

describe('scores of real models', () => {
  itWithZoo('ResNet-20: 91.5 % of 1,000', async (zoo) => {
    const input: InputDeclaration = { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    const found = await evaluate(zoo, 'cifar10-resnet/resnet20_cifar10.onnx', 'classification', input, {
      path: 'data/cifar10/test',
      labels: 'folders',
    });
    expect(found).toMatchObject({ metric: 'top1', value: 91.5, samples: 1000, warnings: [] });
    expect(found.confidence[0]).toBeCloseTo(89.6, 1);
    expect(found.confidence[1]).toBeCloseTo(93.1, 1);
  });

  itWithZoo('YuNet: 43 faces, 3 false', async (zoo) => {
    const input: InputDeclaration = { ...raw, color: 'bgr', resize: { fit: 'pad', align: 'top-left' } };
    const source: DataSource = { path: 'data/faces', labels: 'boxes.json', decode: { kind: 'yunet' } };
    const found = await evaluate(zoo, 'face-yunet/yunet_n_320_320.onnx', 'detection', input, source);
    expect(found.extra).toMatchObject({ found: 43, false: 3, total: 43, iou: 0.4, score: 0.6 });
    expect(found.metric).toBe('ap50');
  });

  itWithZoo('DnCNN: 20.4 dB to 30.4 dB on Set12', async (zoo) => {
    const input: InputDeclaration = { ...raw, color: 'gray', scale: '1/255' };
    const source: DataSource = { path: 'models/denoise-dncnn25/set12', degrade: [{ noise: { sigma: 25 } }] };
    const found = await evaluate(zoo, 'denoise-dncnn25/dncnn25_gray.onnx', 'restoration', input, source);
    expect(found.metric).toBe('psnr');
    expect(found.value).toBeGreaterThan(30.38);
    expect(found.value).toBeLessThan(30.5);
  });

  itWithZoo('mnist-8: 98.1 %', async (zoo) => {
    const found = await evaluate(zoo, 'mnist/mnist-8.onnx', 'classification', raw, {
      path: 'data/mnist/test',
      labels: 'folders',
      count: 1000,
    });
    expect(found.value).toBeGreaterThanOrEqual(97.4);
    expect(found.value).toBeLessThanOrEqual(98.8);
  });

  itWithZoo('MobileNetV1 x0.25: 56.5 % of the 800 test pictures', async (zoo) => {
    const input: InputDeclaration = { color: 'rgb', scale: '1/127.5', mean: 1, std: 1, crop: 224 };
    const source: DataSource = { path: 'data/imagenet-sample', labels: 'labels.csv', split: 'test' };
    const found = await evaluate(zoo, 'imagenet-mobilenetv1-025/mobilenetv1_0.25_224_imagenet.onnx', 'classification', input, source);
    expect(found.samples).toBe(800);
    expect(Math.abs(found.value - 56.5)).toBeLessThanOrEqual(0.5);
  });

  // The authors' JPEGs were decoded by another libjpeg, with other chroma: Pillow differs from their results as much as we do.
  itWithZoo('SCI: the authors’ pictures within one grey level', async (zoo) => {
    const runtime = await createOrtRuntime();
    const folder = path.join(zoo, 'models/lowlight-sci');
    const session = await runtime.load({ path: path.join(folder, 'sci_medium.onnx') }, { optimize: 'all', threads: 2 });
    const modelInput = session.inputs[0]!;
    const input = resolveInputSettings({ ...raw, color: 'rgb', scale: '1/255' }, modelInput);
    for (const name of ['00001.png', 'NPE_71.png']) {
      const dataset = await openDataset({ source: { path: `data/medium/${name}` }, folder, input, modelInput, seed: 0 }, context);
      const { picture } = await decodePicture(readFileSync(path.join(folder, 'expected/medium', name)));
      for await (const sample of dataset.stream({ signal: context.signal })) {
        const feeds = { [modelInput.name]: { ...sample.input, dims: [1, ...sample.input.dims] } };
        const values = (await session.run(feeds))['enhanced']!.data as Float32Array;
        const pixels = picture.width * picture.height;
        let worst = 0;
        picture.data.forEach((grey, i) => {
          const value = Math.trunc(Math.min(1, Math.max(0, values[(i % 3) * pixels + Math.floor(i / 3)]!)) * 255);
          worst = Math.max(worst, Math.abs(value - grey));
        });
        expect(worst, name).toBeLessThanOrEqual(1);
      }
    }
    await session.dispose();
  });
});
