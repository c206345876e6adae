import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { plainContext } from '../../../src/engine/base/context.ts';
import { cutOut, type Rectangle } from '../../../src/engine/data/fit.ts';
import { decodePicture } from '../../../src/engine/data/formats/index.ts';
import { toChannels } from '../../../src/engine/data/preprocess.ts';
import { resize } from '../../../src/engine/data/resize.ts';
import type { DataSource, InputDeclaration } from '../../../src/engine/data/source.ts';
import type { Picture } from '../../../src/engine/data/types.ts';
import { openRunner } from '../../../src/engine/evaluate/sessions.ts';
import { numbersOf } from '../../../src/engine/evaluate/outputs.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { openFor } from '../../../src/engine/pipeline/run-data.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';

/** Side of the detector's input: what degrades a picture then does so in the pixels that the chain is given, as on a device. */
const side = 320;

/** As the zoo's README measures the dark: round(255 · 0.04 · (x / 255)^1.2). */
export const dark = { scale: 0.04, gamma: 1.2 };

/** Where the pictures of the group lie, ready for the chain's input. */
export interface Pictures {
  /** Nine photographs with 43 boxes, by split. */
  readonly faces: { readonly path: string; readonly labels: string };
  /** Without labels, to learn from: what the float detector sees a face in, and the calibration photographs with windows of them. */
  readonly train: string;
  /** The same, dark. */
  readonly darkTrain: string;
}

interface BoxesFile {
  readonly images: readonly { readonly file: string; readonly split: string; readonly boxes_xywh: readonly (readonly number[])[] }[];
}

/** Parts of a calibration photograph (500 pixels wide) that faces are larger in. */
const windows: readonly Rectangle[] = [
  [0, 0, 330],
  [150, 0, 330],
  [80, 40, 260],
  [200, 60, 260],
  [0, 60, 260],
].map(([left, top, size]) => ({ left: left!, top: top!, width: size!, height: size! }));

/** Writes all pictures below `folder`, at the detector's size. */
export async function preparePictures(zoo: string, folder: string): Promise<Pictures> {
  const [faces, train, darkTrain] = ['faces', 'train', 'dark'].map((name) => path.join(folder, name)) as [string, string, string];
  for (const place of [faces, train, darkTrain]) mkdirSync(place, { recursive: true });
  const learn = async (file: string, name: string, window?: Rectangle): Promise<void> => {
    const { picture } = await square(file, window);
    write(path.join(train, name), picture);
    const darker = Uint8Array.from(picture.data, (x) => Math.round(255 * dark.scale * (x / 255) ** dark.gamma));
    write(path.join(darkTrain, name), { ...picture, data: darker });
  };
  const sample = path.join(zoo, 'data/imagenet-sample/images');
  for (const name of await withFaces(zoo, sample)) await learn(path.join(sample, name), `${path.parse(name).name}.png`);
  const { images } = JSON.parse(readFileSync(path.join(zoo, 'data/faces/boxes.json'), 'utf8')) as BoxesFile;
  const moved: BoxesFile['images'][number][] = [];
  for (const { file, split, boxes_xywh } of images) {
    const source = path.join(zoo, 'data/faces', file);
    const { name } = path.parse(file);
    const { picture, factor } = await square(source);
    write(path.join(faces, `${name}.png`), picture);
    moved.push({ file: `${name}.png`, split, boxes_xywh: boxes_xywh.map((box) => box.map((value) => value * factor)) });
    if (split !== 'calibration') continue;
    await learn(source, `${name}.png`);
    for (const [i, window] of windows.entries()) await learn(source, `${name}-${i}.png`, window);
  }
  const labels = path.join(faces, 'boxes.json');
  writeFileSync(labels, JSON.stringify({ images: moved }));
  return { faces: { path: faces, labels }, train, darkTrain };
}

/** A picture, or a window of it, at the top left of a black square, and by how much it was scaled. */
async function square(file: string, window?: Rectangle): Promise<{ picture: Picture; factor: number }> {
  const { picture } = await decodePicture(readFileSync(file));
  const colored = toChannels(picture, 3);
  const part = window ? cutOut(colored, window, 0) : colored;
  const factor = side / Math.max(part.width, part.height);
  const sized = resize(part, Math.round(part.width * factor), Math.round(part.height * factor), 'bilinear', true);
  return { picture: cutOut(sized, { left: 0, top: 0, width: side, height: side }, 0), factor };
}

const write = (file: string, { data, ...size }: Picture): void => writeFileSync(file, encode({ ...size, data: data as Uint8Array }));

/** Score from which the detector is said to see a face. */
const least = 0.6;

/** Files of a folder in which the float detector, on the clean picture, sees a face: no label is looked at. */
async function withFaces(zoo: string, folder: string): Promise<string[]> {
  const file = path.join(zoo, 'models/face-yunet/yunet_n_320_320.onnx');
  const [model, runtime, context] = [await readModel(file), await createOrtRuntime(), plainContext({ threads: 1 })];
  const input: InputDeclaration = {
    color: 'bgr',
    scale: 1,
    mean: 0,
    std: 1,
    resize: { size: [side, side], fit: 'pad', align: 'top-left' },
  };
  const dataset = await openFor(model, { source: { path: folder } as DataSource, folder, input, seed: 0 }, context);
  const runner = await openRunner(file, model, 'all', { runtime, context });
  const found: string[] = [];
  try {
    for await (const sample of dataset.stream({ signal: context.signal })) {
      const outputs = await runner.outputs(sample);
      const sees = [8, 16, 32].some((stride) => {
        const [cls, obj] = ['cls', 'obj'].map((name) => numbersOf(outputs[`${name}_${stride}`]!));
        return Array.from(cls!).some((value, at) => Math.sqrt(Math.max(0, value) * Math.max(0, obj![at]!)) > least);
      });
      if (sees) found.push(sample.id);
    }
  } finally {
    await runner.dispose();
  }
  const there = new Set(readdirSync(folder));
  return found.map((id) => path.basename(id)).filter((name) => there.has(name));
}
