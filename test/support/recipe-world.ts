import path from 'node:path';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import { modelFacts } from '../../src/engine/recipe/facts/model.ts';
import type { DataFacts, Known, LayerFacts, ModelFacts } from '../../src/engine/recipe/facts/types.ts';
import type { World } from '../../src/engine/recipe/world.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';

const reading: Known<never> = { state: 'reading' };

/** A world with these models, by absolute path, of which nothing else is known. */
export const worldOf = (models: Readonly<Record<string, Model>> = {}): World => ({
  model: (file) => {
    const model = Object.hasOwn(models, file) ? models[file] : undefined;
    return model ? { state: 'known', value: modelFacts(model, { file, bytes: 0 }, { pruning: true }) } : reading;
  },
  data: () => reading,
  pruning: () => reading,
  folder: () => reading,
});

/** Folder of recipes in tests. */
export const folder = path.resolve('/project');

const layer = (name: string, op: string, more: Partial<LayerFacts> = {}): LayerFacts => ({ name, op, parameters: 0, macs: 0, ...more });
const conv = (name: string, channels: number): LayerFacts =>
  layer(name, 'Conv', {
    shape: [1, channels, 32, 32],
    parameters: channels * 27,
    macs: channels * 27 * 1024,
    weights: { elements: channels * 27, bytes: channels * 108 },
  });

/** A small classifier of 10 classes, as `model.onnx` in examples. */
export const exampleModel: ModelFacts = {
  file: path.join(folder, 'model.onnx'),
  sha256: '0'.repeat(64),
  bytes: 100_000,
  opset: 17,
  layers: [
    conv('/layer1/Conv', 16),
    layer('/layer1/Relu', 'Relu', { shape: [1, 16, 32, 32] }),
    conv('/layer2/Conv', 40),
    layer('/layer2/Relu', 'Relu', { shape: [1, 40, 32, 32] }),
    layer('/fc/Gemm', 'Gemm', { shape: [1, 10], parameters: 410, macs: 400, weights: { elements: 400, bytes: 1600 } }),
  ],
  inputs: [{ name: 'input', type: DataType.float32, shape: [1, 3, 32, 32] }],
  outputs: [{ name: 'output', type: DataType.float32, shape: [1, 10] }],
  metadata: {},
  parameters: 1922,
  weightBytes: 7688,
  macs: 1_548_688,
  pruning: {
    groups: [
      { name: '/layer1/Conv', channels: 16, minimum: 1, makers: ['/layer1/Conv'], readers: ['/layer2/Conv'] },
      { name: '/layer2/Conv', channels: 40, minimum: 1, makers: ['/layer2/Conv'], readers: ['/fc/Gemm'] },
    ],
    kept: [{ name: '/fc/Gemm', channels: 10, reason: 'an output of the model' }],
    layers: [],
    tensors: [],
  },
};

/** A larger one that knows other classes. */
const otherModel: ModelFacts = {
  ...exampleModel,
  file: path.join(folder, 'teacher.onnx'),
  sha256: '1'.repeat(64),
  outputs: [{ name: 'output', type: DataType.float32, shape: [1, 100] }],
};

const pictures = (name: string, count: number, classes: number): DataFacts => ({
  path: path.join(folder, name),
  kind: 'labels',
  count,
  classes: Array.from({ length: classes }, (_, i) => `class${i}`),
  largestLabel: classes - 1,
});

const sources: readonly DataFacts[] = [
  pictures('pictures', 5000, 10),
  pictures('pictures/test', 1000, 10),
  pictures('pictures/train', 4000, 10),
  pictures('many', 5000, 12),
  pictures('few', 40, 10),
];

const missing = (what: string): Known<never> => ({ state: 'problem', code: 'file.missing', message: `there is no ${what}` });
const found = <T>(value: T | undefined, what: string): Known<T> => (value === undefined ? missing(what) : { state: 'known', value });

/** Where the examples of the problems' page are at home. */
export const exampleWorld: World = {
  model: (file) => found([exampleModel, otherModel].find((model) => model.file === file), file), // prettier-ignore
  data: (place) => found(sources.find((source) => source.path === place), place), // prettier-ignore
  pruning: (file) => found(file === exampleModel.file ? exampleModel.pruning : undefined, file),
  folder: (place) =>
    place === folder
      ? { state: 'known', value: ['few/', 'many/', 'model.onnx', 'pictures/', 'teacher.onnx'] }
      : place === path.join(folder, 'pictures')
        ? { state: 'known', value: ['test/', 'train/'] }
        : missing(place),
  memory: 2 * 2 ** 30,
};
