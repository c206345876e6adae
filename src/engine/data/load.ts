import { readFileSync } from 'node:fs';
import { LatheError } from '../base/errors.ts';
import { dataTypeName } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { degrade, type Degradation } from './degradations/index.ts';
import { decodePicture } from './formats/index.ts';
import { orientBox } from './formats/orient.ts';
import { pictureShape } from './input-settings.ts';
import type { Entry } from './list/entry.ts';
import { asInputType, readTensorFile } from './npy/array.ts';
import { preprocess, type Geometry } from './preprocess.ts';
import type { Box, InputSettings, ModelInput, Picture } from './types.ts';

/** What every sample of a dataset is loaded by. Plain data: it goes to decoding threads. */
export interface LoadPlan {
  readonly modelInput: ModelInput;
  /** Absent where only arrays are read. */
  readonly settings?: InputSettings;
  readonly degrade?: readonly Degradation[];
  readonly seed: number;
  /** Names of the boxes' landmarks in their order, where the label file has them. */
  readonly landmarkNames?: readonly string[];
}

/** A sample's content, ready to be fed. */
export interface LoadedContent {
  readonly input: RuntimeTensor;
  readonly target?: RuntimeTensor;
  readonly geometry: Geometry;
  /** Boxes of the upright picture, where they had to be turned with it. */
  readonly boxes?: readonly Box[];
}

const untouched: Geometry = { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 };

/** Loads a picture or a .npy file. Throws `data.picture` when that one file is broken, other LatheErrors when the request is wrong. */
export async function loadFile(entry: Entry, plan: LoadPlan): Promise<LoadedContent> {
  const { content } = entry;
  if (content.kind === 'tensor') return loadArray(content.file, plan.modelInput);
  const { modelInput } = plan;
  const settings = pictureSettings(plan);
  const shape = pictureShape(modelInput, settings.layout);
  return inFile(entry, async () => {
    const { picture, target, boxes } = await readPictures(entry, plan);
    const { input, geometry } = preprocess(picture, settings, modelInput.type, shape);
    // The target of a network that enlarges is larger than what it gets.
    const want = content.kind === 'picture' && content.target !== undefined ? { width: null, height: null } : shape;
    return { input, target: target && preprocess(target, settings, modelInput.type, want).input, geometry, boxes };
  });
}

/** A .npy file that is one sample. Throws `data.npy`, `data.shape`, `data.input-type`. */
export const loadArray = (file: string, modelInput: ModelInput): Promise<LoadedContent> =>
  inFile({ content: { kind: 'tensor', file } }, async () => stored(await readTensorFile(file), modelInput, file));

/** How pictures become the input. Throws `data.input` where only arrays were expected. */
export function pictureSettings({ settings }: LoadPlan): InputSettings {
  if (settings) return settings;
  throw new LatheError('data.input', 'how pictures become the model’s input is not known', {
    hint: 'Set data.input: color, scale, mean, std.',
  });
}

/** Whatever goes wrong with a sample names its file. */
export async function inFile<T>({ content }: Pick<Entry, 'content'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof LatheError) || thrown.place.file !== undefined || content.kind === 'row') throw thrown;
    throw new LatheError(thrown.code, thrown.message, { ...thrown.place, file: content.file }, thrown.exitCode);
  }
}

/** A sample's decoded pictures, upright, degraded where the plan says so. */
export interface ReadPictures {
  readonly picture: Picture;
  /** Of a pair, else the clean picture where the plan makes it worse. */
  readonly target?: Picture;
  /** In pixels of the upright picture. */
  readonly boxes?: readonly Box[];
}

/** Reads and decodes a sample's pictures. Throws `data.picture` for a broken file. */
export async function readPictures({ id, content, boxes }: Entry, plan: LoadPlan): Promise<ReadPictures> {
  if (content.kind !== 'picture') throw new LatheError('data.source', 'an array has no picture file');
  const { picture, header } = await decodePicture(read(content.file));
  const turned = boxes && header.orientation !== 1 ? boxes.map((box) => orientBox(box, header.orientation, header)) : boxes;
  const target = content.target === undefined ? plan.degrade && picture : (await decodePicture(read(content.target))).picture;
  const seen = plan.degrade ? await degrade(picture, plan.degrade, plan.seed, id) : picture;
  return { picture: seen, ...(target ? { target } : {}), boxes: turned };
}

/** Synchronous: a small file costs a tenth of the processor time that way, and large sets are read in threads of their own. */
function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new LatheError('data.picture', cause instanceof Error ? cause.message : String(cause), { file, cause });
  }
}

/** An array as the model's input: fed as it is. A leading batch dimension of 1 may be there. Throws `data.shape`. */
export function stored(tensor: RuntimeTensor, modelInput: ModelInput, file: string): LoadedContent {
  const want = modelInput.shape.slice(1);
  const dims = tensor.dims.length === want.length + 1 && tensor.dims[0] === 1 ? tensor.dims.slice(1) : tensor.dims;
  // The model says nothing of the shape: what is wrong shows when it runs.
  const unknown = modelInput.shape.length === 0;
  const fits = unknown || (dims.length === want.length && dims.every((size, i) => typeof want[i] !== 'number' || want[i] === size));
  if (!fits) {
    const text = (shape: readonly Dim[]): string => `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
    throw new LatheError(
      'data.shape',
      `a sample is ${text(dims)}, the input ${JSON.stringify(modelInput.name)} takes ${text(want)} without its batch dimension`,
      {
        file,
        hint: `Arrays are fed as they are: ${dataTypeName(modelInput.type)}, samples along the first dimension.`,
      },
    );
  }
  return { input: { ...asInputType(tensor, modelInput.type, file), dims }, geometry: untouched };
}
