import path from 'node:path';

/** A real model with its preprocessing, its data and the score that a plain int8 quantization should reach. */
export interface BenchModel {
  name: string;
  model: string;
  task: 'classification' | 'detection' | 'restoration';
  input: Record<string, unknown>;
  calibration: Record<string, unknown>;
  /** Input settings of calibration alone: smaller crops. */
  calibrationInput?: Record<string, unknown>;
  test: Record<string, unknown>;
  goal: { text: string; ok(score: number, float: number, extra: Record<string, number>): boolean };
}

const imagenet = { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const raw = (color: string): Record<string, unknown> => ({
  color,
  scale: 1,
  mean: color === 'gray' ? [0] : [0, 0, 0],
  std: color === 'gray' ? [1] : [1, 1, 1],
});
const cifar = {
  task: 'classification' as const,
  calibration: { path: 'data/cifar10/train', labels: 'folders', count: 100 },
  test: { path: 'data/cifar10/test', labels: 'folders' },
};
const within = (points: number): BenchModel['goal'] => ({
  text: `within ${points} of float`,
  ok: (score, float) => score >= float - points - 1e-9,
});
const atLeast = (limit: number): BenchModel['goal'] => ({ text: `>= ${limit}`, ok: (score) => score >= limit });

export const benchModels: readonly BenchModel[] = [
  { name: 'resnet20', model: 'models/cifar10-resnet/resnet20_cifar10.onnx', input: imagenet, ...cifar, goal: within(0.7) },
  { name: 'resnet56', model: 'models/cifar10-resnet/resnet56_cifar10.onnx', input: imagenet, ...cifar, goal: within(0.7) },
  { name: 'resnet8', model: 'models/cifar10-resnet8/resnet8_cifar10.onnx', input: raw('rgb'), ...cifar, goal: within(0.7) },
  { name: 'vgg16q', model: 'models/cifar10-vgg-mobilenet/vgg16q_cifar10.onnx', input: imagenet, ...cifar, goal: within(0.7) },
  { name: 'mbv2', model: 'models/cifar10-vgg-mobilenet/mbv2_050_cifar10.onnx', input: imagenet, ...cifar, goal: within(0.7) },
  {
    name: 'mbv1',
    model: 'models/imagenet-mobilenetv1-025/mobilenetv1_0.25_224_imagenet.onnx',
    task: 'classification',
    input: { color: 'rgb', scale: '1/127.5', mean: [1, 1, 1], std: [1, 1, 1], crop: 224 },
    calibration: { path: 'data/imagenet-sample', labels: 'labels.csv', split: 'calibration' },
    test: { path: 'data/imagenet-sample', labels: 'labels.csv', split: 'test' },
    goal: atLeast(54),
  },
  {
    name: 'yunet',
    model: 'models/face-yunet/yunet_n_320_320.onnx',
    task: 'detection',
    input: { ...raw('bgr'), resize: { size: [320, 320], mode: 'bilinear', antialias: false, fit: 'pad', align: 'top-left' } },
    calibration: { path: 'data/faces', labels: 'boxes.json', split: 'calibration' },
    test: { path: 'data/faces', labels: 'boxes.json', decode: { kind: 'yunet', score: 0.6, nms: 0.45 }, match: { iou: 0.4 } },
    goal: { text: '43 of 43, at most 3 false', ok: (_score, _float, extra) => extra['found'] === 43 && extra['false']! <= 3 },
  },
  {
    name: 'mnist',
    model: 'models/mnist/mnist-8.onnx',
    task: 'classification',
    input: raw('gray'),
    calibration: { path: 'data/mnist/train', labels: 'folders', count: 100 },
    test: { path: 'data/mnist/test', labels: 'folders' },
    goal: atLeast(98),
  },
  {
    name: 'dncnn',
    model: 'models/denoise-dncnn25/dncnn25_gray.onnx',
    task: 'restoration',
    input: { color: 'gray', scale: '1/255', mean: [0], std: [1] },
    calibration: { path: 'data/imagenet-sample/images', count: 32, degrade: [{ noise: { sigma: 25 } }] },
    calibrationInput: { crop: 128 },
    test: { path: 'models/denoise-dncnn25/set12', degrade: [{ noise: { sigma: 25 } }] },
    goal: atLeast(30.35),
  },
];

/** The recipe (JSON form) that quantizes one of them with default settings, or with the given step. */
export function recipeOf(
  zoo: string,
  bench: BenchModel,
  options: {
    step?: Record<string, unknown>;
    calibration?: Record<string, unknown>;
    test?: boolean;
    target?: string;
    seed?: number;
    layers?: Record<string, unknown>;
  } = {},
): Record<string, unknown> {
  const at = (source: Record<string, unknown>): Record<string, unknown> => ({ ...source, path: path.join(zoo, source['path'] as string) });
  return {
    version: 1,
    model: path.join(zoo, bench.model),
    target: options.target ?? 'cpu',
    task: bench.task,
    seed: options.seed ?? 0,
    data: {
      input: options.test === false ? { ...bench.input, ...bench.calibrationInput } : bench.input,
      calibration: at({ ...bench.calibration, ...options.calibration }),
      ...(options.test === false ? {} : { test: at(bench.test) }),
    },
    steps: [{ quantize: options.step ?? {} }],
    ...(options.layers ? { layers: options.layers } : {}),
  };
}
