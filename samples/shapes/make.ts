// Makes the sample: pictures/{train,test}/<class>/NNN.png and model.onnx. Run: node scripts/run-ts.mjs samples/shapes/make.ts
//
// The network is trained by Lathe's own engine on 10,000 pictures that are drawn for it; it has seen none of those in the folder. Equal
// processors give equal bytes; the order of sums differs between families of them.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { plainContext } from '../../src/engine/base/context.ts';
import { seededRandom, shuffle } from '../../src/engine/base/random.ts';
import type { Batch, BatchSource } from '../../src/engine/data/batches.ts';
import { writeInputMetadata } from '../../src/engine/data/input-settings.ts';
import type { InputSettings } from '../../src/engine/data/types.ts';
import { cloneModel } from '../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import { fillDefaults } from '../../src/engine/recipe/defaults.ts';
import { createOrtRuntime } from '../../src/engine/runtime/ort-node.ts';
import { upgradeOpset } from '../../src/engine/simplify/upgrade-opset.ts';
import { crossEntropy } from '../../src/engine/train/losses/cross-entropy.ts';
import { train } from '../../src/engine/train/loop/train.ts';
import { trainStep, type TrainSettings } from '../../src/engine/train/step.ts';
import { classes, drawShape, side } from './draw.ts';
import { shapesNetwork } from './network.ts';

const folder = import.meta.dirname;
const batch = 100;
const area = side * side;

/** As the recipe beside this file says it too. */
const input: InputSettings = { color: 'rgb', scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], layout: 'nchw' };

/** Seeds: none of these is any of the others. */
const testPicture = (label: number, i: number): Uint8Array => drawShape(label, 1_000_000 + i);
const trainPicture = (label: number, i: number): Uint8Array => drawShape(label, i);
const learnedPicture = (label: number, i: number): Uint8Array => drawShape(label, 2_000_000 + i);

/** The pictures of a batch, classes in turn: (x / 255 - 0.5) / 0.25 in planes. */
function batchOf(pictures: readonly Uint8Array[], samples: readonly number[]): Batch {
  const values = new Float32Array(samples.length * 3 * area);
  const labels = new Float32Array(samples.length * classes.length);
  samples.forEach((sample, row) => {
    const pixels = pictures[sample]!;
    for (let i = 0; i < 3 * area; i++) values[row * 3 * area + (i % 3) * area + Math.floor(i / 3)] = (pixels[i]! / 255 - 0.5) / 0.25;
    labels[row * classes.length + (sample % classes.length)] = 1;
  });
  return {
    samples,
    input: { type: DataType.float32, dims: [samples.length, 3, side, side], data: values },
    labels: { type: DataType.float32, dims: [samples.length, classes.length], data: labels },
  };
}

/** In another order each epoch. */
function batchesOf(pictures: readonly Uint8Array[]): BatchSource {
  const stepsPerEpoch = pictures.length / batch;
  return {
    size: batch,
    stepsPerEpoch,
    classes: classes.length,
    isFixed: true,
    async *epoch(epoch) {
      const order = shuffle([...pictures.keys()], seededRandom(epoch, 'order'));
      for (let step = 0; step < stepsPerEpoch; step++) yield batchOf(pictures, order.slice(step * batch, (step + 1) * batch));
    },
    close: async () => {},
  };
}

const drawn = (picture: typeof testPicture, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => picture(i % classes.length, Math.floor(i / classes.length)));

async function trained(pictures: readonly Uint8Array[]): Promise<Model> {
  const model = shapesNetwork(0);
  const learning = cloneModel(model);
  upgradeOpset(learning, 21);
  const own = { epochs: 6, schedule: 'one-cycle', 'learning-rate': 4e-3 };
  const settings = fillDefaults(trainStep.parameters, own) as TrainSettings;
  const losses = [{ loss: crossEntropy(), weight: 1 }];
  const task = { name: 'train', model: learning, settings, losses, batches: batchesOf(pictures), batchNormalization: 'training' as const };
  await train(task, { runtime, context: plainContext() });
  for (const name of model.graph.initializers.keys()) model.graph.initializers.set(name, learning.graph.initializers.get(name)!);
  return model;
}

/** Per cent. */
async function accuracy(model: Model, pictures: readonly Uint8Array[]): Promise<number> {
  const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: 1 });
  let right = 0;
  for (let first = 0; first < pictures.length; first += batch) {
    const { input: image } = batchOf(
      pictures,
      Array.from({ length: batch }, (_, i) => first + i),
    );
    const { data } = (await session.run({ image }))['scores']!;
    for (let row = 0; row < batch; row++) {
      const scores = (data as Float32Array).subarray(row * classes.length, (row + 1) * classes.length);
      if (scores.indexOf(Math.max(...scores)) === (first + row) % classes.length) right++;
    }
  }
  await session.dispose();
  return (100 * right) / pictures.length;
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
const learned = drawn(learnedPicture, 10_000);
const model = await trained(learned);
writeInputMetadata(model, input);
writeFileSync(path.join(folder, 'model.onnx'), encodeModel(model));
writePictures('train', trainPicture, 20);
writePictures('test', testPicture, 40);
process.stdout.write(`trained: ${(await accuracy(model, learned)).toFixed(1)} % of the 10,000 pictures it learned from, `);
process.stdout.write(`${(await accuracy(model, drawn(testPicture, 4000))).toFixed(1)} % of 4,000 other pictures\n`);
