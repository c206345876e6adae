// Makes the sample: pictures/{train,test}/<class>/NNN.png and model.onnx. Run: node scripts/run-ts.mjs samples/shapes/make.ts
//
// The network is fitted without gradients: every convolution's filters are the principal components of its input's 3 x 3 patches,
// each with both signs (Chan et al., PCANet, 2015, with rectifiers between); the classifier is a ridge regression.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { seededRandom } from '../../src/engine/base/random.ts';
import { writeInputMetadata } from '../../src/engine/data/input-settings.ts';
import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import { Graph, Model, Node, attributes, floatAttribute } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import type { InputSettings } from '../../src/engine/data/types.ts';
import { createOrtRuntime } from '../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../src/engine/runtime/runtime.ts';
import { classes, drawShape, side } from './draw.ts';
import { addOuter, leadingEigenvectors, solveRidge } from './linear-algebra.ts';

const folder = import.meta.dirname;
/** Pairs of opposite filters in each convolution. */
const pairs = [12, 24, 32];
const batch = 100;

/** As the recipe beside this file says it too. */
const input: InputSettings = { color: 'rgb', scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], layout: 'nchw' };

/** Seeds: test, calibration and fitting pictures never coincide. */
const testPicture = (label: number, i: number): Uint8Array => drawShape(label, 1_000_000 + i);
const trainPicture = (label: number, i: number): Uint8Array => drawShape(label, i);

/** (x / 255 - 0.5) / 0.25, as the recipe beside this file says; 10 classes in turn. */
function inputOf(picture: (label: number, i: number) => Uint8Array, first: number): Float32Array {
  const input = new Float32Array(batch * 3 * side * side);
  for (let n = 0; n < batch; n++) {
    const index = first + n;
    const pixels = picture(index % classes.length, Math.floor(index / classes.length));
    for (let i = 0; i < side * side; i++) {
      for (let channel = 0; channel < 3; channel++)
        input[(n * 3 + channel) * side * side + i] = (pixels[i * 3 + channel]! / 255 - 0.5) / 0.25;
    }
  }
  return input;
}

interface Layer {
  weight: Tensor;
  mean: Float64Array;
  variance: Float64Array;
}

/** The network up to what has been fitted so far. `stopAtConvolution`: without the last BatchNormalization and what follows. */
function build(layers: readonly Layer[], classifier: { weight: Tensor; bias: Tensor } | undefined, stopAtConvolution = false): Model {
  const graph = new Graph();
  graph.name = 'shapes';
  graph.inputs = [{ name: 'image', type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', 3, side, side] } }];
  let value = 'image';
  const add = (name: string, op: string, inputs: string[], output: string, attrs: Parameters<typeof attributes>[0] = {}): void => {
    graph.add(new Node(name, op, inputs, [output], attributes(attrs)));
    value = output;
  };
  layers.forEach((layer, i) => {
    const name = `/block${i + 1}`;
    graph.initializers.set(`block${i + 1}.conv.weight`, layer.weight);
    add(`${name}/conv/Conv`, 'Conv', [value, `block${i + 1}.conv.weight`], `${name}/conv`, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    if (stopAtConvolution && i === layers.length - 1) return;
    const channels = layer.mean.length;
    const parts = { scale: layer.mean.map(() => 1), bias: layer.mean.map(() => -0.25), mean: layer.mean, variance: layer.variance };
    for (const [key, values] of Object.entries(parts))
      graph.initializers.set(`block${i + 1}.bn.${key}`, Tensor.float32([channels], values));
    add(
      `${name}/bn/BatchNormalization`,
      'BatchNormalization',
      [value, ...Object.keys(parts).map((key) => `block${i + 1}.bn.${key}`)],
      `${name}/bn`,
      {
        epsilon: floatAttribute(1e-5),
      },
    );
    add(`${name}/relu/Relu`, 'Relu', [value], `${name}/relu`);
    add(`${name}/pool/MaxPool`, 'MaxPool', [value], `${name}/pool`, { kernel_shape: [2, 2], strides: [2, 2] });
  });
  if (!stopAtConvolution && (classifier || layers.length === pairs.length))
    add('/flatten/Flatten', 'Flatten', [value], 'features', { axis: 1 });
  if (classifier) {
    graph.initializers.set('classifier.weight', classifier.weight);
    graph.initializers.set('classifier.bias', classifier.bias);
    add('/classifier/Gemm', 'Gemm', [value, 'classifier.weight', 'classifier.bias'], 'scores', { transB: 1 });
  }
  graph.outputs = [
    { name: value, type: { kind: 'tensor', elementType: DataType.float32, shape: classifier ? ['N', classes.length] : undefined } },
  ];
  const model = new Model(graph);
  model.opsets.set('', 13);
  model.producerName = 'lathe samples/shapes/make.ts';
  return model;
}

/** Runs the model over `count` pictures in batches and hands out each batch's output with its shape. */
async function forEachOutput(
  runtime: Runtime,
  model: Model,
  picture: (label: number, i: number) => Uint8Array,
  count: number,
  use: (data: Float32Array, dims: readonly number[], first: number) => void,
): Promise<void> {
  const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: 2 });
  for (let first = 0; first < count; first += batch) {
    const feeds = { image: { type: DataType.float32, dims: [batch, 3, side, side], data: inputOf(picture, first) } };
    const output = Object.values(await session.run(feeds))[0]!;
    use(output.data as Float32Array, output.dims, first);
  }
  await session.dispose();
}

/** Filters of the next convolution from 40 random patches of each of 2,000 pictures. */
async function fitFilters(runtime: Runtime, layers: readonly Layer[], count: number): Promise<Tensor> {
  const random = seededRandom(layers.length, 'patches');
  let size = 0;
  let moment = new Float64Array();
  const look = (data: Float32Array, dims: readonly number[]): void => {
    const [, channels, height, width] = dims as [number, number, number, number];
    size = channels * 9;
    if (moment.length === 0) moment = new Float64Array(size * size);
    const patch = new Float64Array(size);
    for (let n = 0; n < batch; n++) {
      for (let sample = 0; sample < 40; sample++) {
        const [y, x] = [random.integer(height - 2), random.integer(width - 2)];
        let mean = 0;
        for (let k = 0; k < size; k++) {
          const at = ((n * channels + Math.floor(k / 9)) * height + y + (Math.floor(k / 3) % 3)) * width + x + (k % 3);
          patch[k] = data[at]!;
          mean += patch[k]! / size;
        }
        for (let k = 0; k < size; k++) patch[k]! -= mean;
        addOuter(moment, patch, size);
      }
    }
  };
  const patchPictures = 2000;
  if (layers.length === 0) {
    for (let first = 0; first < patchPictures; first += batch) look(inputOf(trainPicture, first), [batch, 3, side, side]);
  } else await forEachOutput(runtime, build(layers, undefined), trainPicture, patchPictures, look);
  const filters = leadingEigenvectors(moment, size, count);
  const weight = new Float32Array(2 * count * size);
  filters.forEach((filter, k) => {
    for (let i = 0; i < size; i++) {
      weight[2 * k * size + i] = filter[i]!;
      weight[(2 * k + 1) * size + i] = -filter[i]!;
    }
  });
  return Tensor.float32([2 * count, size / 9, 3, 3], weight);
}

async function fitNormalization(runtime: Runtime, layers: readonly Layer[], weight: Tensor): Promise<Layer> {
  const channels = weight.dims[0]!;
  const layer = { weight, mean: new Float64Array(channels), variance: new Float64Array(channels) };
  let seen = 0;
  await forEachOutput(runtime, build([...layers, layer], undefined, true), trainPicture, 500, (data, dims) => {
    const area = dims[2]! * dims[3]!;
    seen += batch * area;
    data.forEach((value, i) => {
      const channel = Math.floor(i / area) % channels;
      layer.mean[channel]! += value;
      layer.variance[channel]! += value * value;
    });
  });
  for (let c = 0; c < channels; c++) {
    layer.mean[c]! /= seen;
    layer.variance[c] = layer.variance[c]! / seen - layer.mean[c]! ** 2;
  }
  return layer;
}

/** Ridge regression of one-hot labels (±1) on the features and a constant. */
async function fitClassifier(runtime: Runtime, layers: readonly Layer[], count: number): Promise<{ weight: Tensor; bias: Tensor }> {
  let [n, gram, right] = [0, new Float64Array(), new Float64Array()];
  await forEachOutput(runtime, build(layers, undefined), trainPicture, count, (data, dims, first) => {
    const features = dims[1]!;
    n = features + 1;
    if (gram.length === 0) [gram, right] = [new Float64Array(n * n), new Float64Array(n * classes.length)];
    for (let row = 0; row < batch; row++) {
      const x = new Float64Array(n).fill(1);
      x.set(data.subarray(row * features, (row + 1) * features));
      addOuter(gram, x, n);
      for (let i = 0; i < n; i++) {
        for (let label = 0; label < classes.length; label++)
          right[i * classes.length + label]! += x[i]! * ((first + row) % classes.length === label ? 1 : -1);
      }
    }
  });
  const solution = solveRidge(gram, right, n, classes.length, 0.02 * count);
  const weight = Float32Array.from(
    { length: (n - 1) * classes.length },
    (_, i) => solution[(i % (n - 1)) * classes.length + Math.floor(i / (n - 1))]!,
  );
  return {
    weight: Tensor.float32([classes.length, n - 1], weight),
    bias: Tensor.float32([classes.length], solution.subarray((n - 1) * classes.length)),
  };
}

async function accuracy(runtime: Runtime, model: Model, picture: typeof testPicture, count: number): Promise<number> {
  let right = 0;
  await forEachOutput(runtime, model, picture, count, (data, _dims, first) => {
    for (let n = 0; n < batch; n++) {
      const row = data.subarray(n * classes.length, (n + 1) * classes.length);
      if (row.indexOf(Math.max(...row)) === (first + n) % classes.length) right++;
    }
  });
  return (100 * right) / count;
}

function writePictures(split: string, picture: typeof testPicture, each: number): void {
  classes.forEach((name, label) => {
    const target = path.join(folder, 'pictures', split, name);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    for (let i = 0; i < each; i++) {
      const png = encode({ width: side, height: side, data: picture(label, i), channels: 3, depth: 8 }, { zlib: { level: 9 } });
      writeFileSync(path.join(target, `${String(i).padStart(3, '0')}.png`), png);
    }
  });
}

const runtime = await createOrtRuntime();
const layers: Layer[] = [];
for (const count of pairs) layers.push(await fitNormalization(runtime, layers, await fitFilters(runtime, layers, count)));
const model = build(layers, await fitClassifier(runtime, layers, 20_000));
writeInputMetadata(model, input);
writeFileSync(path.join(folder, 'model.onnx'), encodeModel(model));
writePictures('train', trainPicture, 20);
writePictures('test', testPicture, 40);
process.stdout.write(`fitted: ${(await accuracy(runtime, model, trainPicture, 2000)).toFixed(1)} % of 2,000 training pictures, `);
process.stdout.write(`${(await accuracy(runtime, model, testPicture, 4000)).toFixed(1)} % of 4,000 other pictures\n`);
