import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { planAugmentation, randomResizedCrop, type AugmentEntry, type AugmentPlan } from '../augment/index.ts';
import { cutOut, planFit, type FitPlan } from '../fit.ts';
import { pictureShape, type PictureShape } from '../input-settings.ts';
import type { Entry } from '../list/entry.ts';
import { inFile, loadArray, pictureSettings, readPictures, stored, type LoadPlan, type ReadPictures } from '../load.ts';
import { movedBox } from '../landmarks.ts';
import { normalizer } from '../normalize.ts';
import { openArray, type ArrayFile } from '../npy/array.ts';
import { checkPlan, toChannels } from '../preprocess.ts';
import { resize } from '../resize.ts';
import type { Box, InputSettings, Picture } from '../types.ts';
import { pictureOf, pictureSample, type PictureForm } from './picture-sample.ts';
import { fixedSample, type Sample } from './sample.ts';

/** How the samples of a set are opened. Plain data: it goes to threads. */
export interface OpenPlan {
  readonly load: LoadPlan;
  readonly augment: readonly AugmentEntry[];
  /** The .npy or .npz that `row` entries are in. */
  readonly array?: string;
}

/** Opens samples for training: decodes, and does all that is the same each time a sample is seen. */
export class SampleOpener {
  readonly #plan: OpenPlan;
  readonly #augment: AugmentPlan;
  /** Resized anew each time it is seen: kept as decoded. */
  readonly #keepsWhole: boolean;
  #pictures: { form: PictureForm; settings: InputSettings; shape: PictureShape } | undefined;
  #array: Promise<ArrayFile> | undefined;

  constructor(plan: OpenPlan) {
    this.#plan = plan;
    this.#augment = planAugmentation(plan.augment);
    this.#keepsWhole = this.#augment.frames.some(({ augmentation }) => augmentation === randomResizedCrop);
  }

  /** Throws `data.picture` where this one file is broken, other LatheErrors where the request is wrong. */
  open(entry: Entry): Promise<Sample> {
    const { content } = entry;
    return inFile(entry, async () => {
      if (content.kind === 'picture') return this.#picture(await readPictures(entry, this.#plan.load));
      if (content.kind === 'tensor') return this.#stored((await loadArray(content.file, this.#plan.load.modelInput)).input, content.file);
      return this.#row(content.index);
    });
  }

  async close(): Promise<void> {
    const array = await this.#array;
    this.#array = undefined;
    await array?.close();
  }

  async #row(index: number): Promise<Sample> {
    const { array: file, load } = this.#plan;
    if (file === undefined) throw new LatheError('data.source', 'a row of an array has no file of its own');
    this.#array ??= openArray(file, load.modelInput.name);
    return this.#stored(stored(await (await this.#array).row(index), load.modelInput, file).input, file);
  }

  #picture({ picture, target, boxes }: ReadPictures): Sample {
    const { form, settings, shape } = (this.#pictures ??= this.#form());
    const plan = planFit(picture.width, picture.height, settings);
    const output = { width: shape.width ?? plan.window.width, height: shape.height ?? plan.window.height };
    if (!this.#augment.frames.some(({ augmentation }) => augmentation.sizes)) checkPlan(plan, picture, settings, shape);
    const channels = settings.color === 'gray' ? 1 : 3;
    const [own, other] = [toChannels(picture, channels), target && toChannels(target, channels)];
    if (this.#keepsWhole)
      return pictureSample({ picture: own, plan, output, ...(other ? { target: other } : {}), ...(boxes ? { boxes } : {}) }, form);
    const fitted = fit(own, settings);
    const sized = {
      picture: fitted.picture,
      plan: planFit(fitted.picture.width, fitted.picture.height, { ...(settings.crop ? { crop: settings.crop } : {}) }),
      output,
      ...(other ? { target: fit(other, settings).picture } : {}),
      ...(boxes ? { boxes: boxes.map((box) => fitted.box(box)) } : {}),
    };
    return pictureSample({ ...sized, plan: { ...sized.plan, value: plan.value } }, form);
  }

  #form(): { form: PictureForm; settings: InputSettings; shape: PictureShape } {
    const { load } = this.#plan;
    const settings = pictureSettings(load);
    const { type } = load.modelInput;
    const shape = pictureShape(load.modelInput, settings.layout);
    const middle = settings.mean.map((mean) => Math.min(255, Math.max(0, Math.round(mean / settings.scale))));
    const form: PictureForm = {
      type,
      layout: settings.layout,
      filter: settings.resize ?? { mode: 'bilinear', antialias: true },
      augment: this.#augment,
      normalize: normalizer(settings, type),
      middle: settings.color === 'bgr' ? middle.reverse() : middle,
      ...(load.landmarkNames ? { landmarkNames: load.landmarkNames } : {}),
    };
    return { form, settings, shape };
  }

  /** An array is fed as it is; augmentations see it as a picture where it has the shape of one. Throws `data.augment` where it has not. */
  #stored(tensor: RuntimeTensor, file: string): Sample {
    const steps = [...this.#augment.frames, ...this.#augment.pixels];
    const [worse] = this.#augment.degradations;
    if (steps.length === 0 && !worse) return fixedSample(tensor);
    const { data, type, dims } = tensor;
    const needy = steps.find(({ augmentation }) => augmentation.needs === 'pictures')?.augmentation ?? worse?.method;
    const float = data instanceof Float32Array;
    if (needy || !(float || (data instanceof Uint8Array && type === DataType.uint8))) {
      throw new LatheError('data.augment', `${(needy ?? steps[0]!.augmentation).name} needs pictures, not ready arrays`, {
        file,
        hint: 'Leave it out, or give the pictures that the arrays were made from.',
      });
    }
    const { layout, height, width } = pictureShape(this.#plan.load.modelInput, this.#plan.load.settings?.layout);
    const picture = pictureOf(data, dims, layout);
    const plan = planFit(picture.width, picture.height, {});
    const identity = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout } as const;
    const form: PictureForm = {
      type,
      layout,
      filter: { mode: 'bilinear', antialias: true },
      augment: this.#augment,
      normalize: normalizer(identity, type),
      middle: identity.mean,
    };
    return pictureSample({ picture, plan, output: { width: width ?? picture.width, height: height ?? picture.height } }, form);
  }
}

/** A picture after the resize, before the centre crop; boxes move with it. */
function fit(picture: Picture, { resize: wanted }: InputSettings): { picture: Picture; box: (box: Box) => Box } {
  const plan: FitPlan = planFit(picture.width, picture.height, { ...(wanted ? { resize: wanted } : {}) });
  const { width, height, window, value } = plan;
  const sized = cutOut(resize(picture, width, height, wanted?.mode ?? 'bilinear', wanted?.antialias ?? true), window, value);
  const [x, y] = [width / picture.width, height / picture.height];
  return {
    picture: sized,
    box: (box) => movedBox(box, { scaleX: x, scaleY: y, offsetX: -window.left, offsetY: -window.top }),
  };
}
