import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { resolveInputSettings } from '../../../src/engine/data/input-settings.ts';
import type { DataSource, InputDeclaration } from '../../../src/engine/data/source.ts';
import type { Dataset, ModelInput } from '../../../src/engine/data/types.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { request } from '../../unit/quantize/support.ts';

/** A real model that is quantized for the DPU, exported and proven; folders are those of the zoo. */
export interface ProvenModel {
  readonly name: string;
  readonly model: string;
  readonly input: InputDeclaration;
  readonly pictures: DataSource;
  /** Whether the reference in Python is done with a picture in seconds. */
  readonly small: boolean;
  /** It has a softmax or sigmoid: each program's exponential function may differ in the last bit. */
  readonly exponential: boolean;
}

const imagenet: InputDeclaration = { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const raw = (color: 'rgb' | 'bgr'): InputDeclaration => ({ color, scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
const cifar: DataSource = { path: 'data/cifar10/train', labels: 'folders' };

export const provenModels: readonly ProvenModel[] = [
  {
    name: 'ResNet-8',
    model: 'models/cifar10-resnet8/resnet8_cifar10.onnx',
    input: raw('rgb'),
    pictures: cifar,
    small: true,
    exponential: true,
  },
  {
    name: 'ResNet-20',
    model: 'models/cifar10-resnet/resnet20_cifar10.onnx',
    input: imagenet,
    pictures: cifar,
    small: true,
    exponential: false,
  },
  {
    name: 'VGG16q',
    model: 'models/cifar10-vgg-mobilenet/vgg16q_cifar10.onnx',
    input: imagenet,
    pictures: cifar,
    small: true,
    exponential: false,
  },
  {
    name: 'MobileNetV1',
    model: 'models/imagenet-mobilenetv1-025/mobilenetv1_0.25_224_imagenet.onnx',
    input: { color: 'rgb', scale: '1/127.5', mean: [1, 1, 1], std: [1, 1, 1], crop: 224 },
    pictures: { path: 'data/imagenet-sample', labels: 'labels.csv', split: 'calibration' },
    small: false,
    exponential: true,
  },
  {
    name: 'MobileNetV2',
    model: 'models/cifar10-vgg-mobilenet/mbv2_050_cifar10.onnx',
    input: imagenet,
    pictures: cifar,
    small: true,
    exponential: false,
  },
  {
    name: 'YuNet',
    model: 'models/face-yunet/yunet_n_320_320.onnx',
    input: { ...raw('bgr'), resize: { size: [320, 320], mode: 'bilinear', antialias: false, fit: 'pad', align: 'top-left' } },
    pictures: { path: 'data/faces', labels: 'boxes.json', split: 'calibration' },
    small: false,
    exponential: true,
  },
];

const context = plainContext({ threads: 1 });

/** The settings that the target zcu104 gives the step quantize. */
const defaults = Object.fromEntries(
  Object.entries(findTarget('zcu104')!.settings['quantize']!).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[key, value]],
  ),
);

export const quantizedForDpu = async (model: Model, dataset: Dataset, runtime: Runtime): Promise<Model> =>
  (await quantizeStatic(model, request(defaults, {}, 'zcu104'), { runtime, context, dataset })).model;

/** The first `count` pictures of a source as a model takes them. */
export async function openPictures(
  model: Model,
  input: InputDeclaration,
  source: DataSource,
  folder: string,
  count: number,
): Promise<Dataset> {
  const [declared] = model.graph.requiredInputs;
  if (declared?.type?.kind !== 'tensor') throw new Error('the model has no tensor input');
  const modelInput: ModelInput = { name: declared.name, type: declared.type.elementType, shape: declared.type.shape ?? [] };
  const settings = resolveInputSettings(input, modelInput, model.metadata);
  return openDataset({ source: { ...source, count }, folder, input: settings, modelInput, seed: 0 }, context);
}

export async function picturesOf(dataset: Dataset, count: number): Promise<Float32Array[]> {
  const pictures: Float32Array[] = [];
  for await (const { input } of dataset.stream({ signal: context.signal, to: count }))
    pictures.push(Float32Array.from(input.data as Float32Array));
  return pictures;
}
