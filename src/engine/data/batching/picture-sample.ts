import { seededRandom, type Random } from '../../base/random.ts';
import type { DataType } from '../../onnx/data-type.ts';
import { framedBoxes, resizedRegion, scaledFrame, wholeFrame, windowOf, type Filter } from '../augment/frame.ts';
import type { Frame, Scene, Size } from '../augment/augmentation.ts';
import type { AugmentPlan } from '../augment/index.ts';
import { drawDegradation } from '../degradations/index.ts';
import type { FitPlan } from '../fit.ts';
import type { InputArray, Normalizer } from '../normalize.ts';
import type { Box, Picture } from '../types.ts';
import type { Look, Part, Sample } from './sample.ts';

/** How every picture of a set becomes a part of the input. */
export interface PictureForm {
  readonly type: DataType;
  readonly layout: 'nchw' | 'nhwc';
  readonly filter: Filter;
  readonly augment: AugmentPlan;
  readonly normalize: Normalizer;
  /** See `Scene`. */
  readonly middle: readonly number[];
  /** Of the boxes' landmarks, where their file names them. */
  readonly landmarkNames?: readonly string[];
}

/** A decoded sample. */
export interface Pictures {
  readonly picture: Picture;
  /** How it is fitted where nothing is random. */
  readonly plan: FitPlan;
  readonly target?: Picture;
  /** In pixels of `picture`. */
  readonly boxes?: readonly Box[];
  /** What it has to become. */
  readonly output: Size;
}

/** A picture, with target and boxes, that looks different each time by the augmentations of `form`. */
export function pictureSample({ picture, plan, target, boxes, output }: Pictures, form: PictureForm): Sample {
  const { augment, middle } = form;
  const scene: Scene = { picture, output, middle };
  const whole = wholeFrame(picture, plan);
  return {
    bytes: picture.data.byteLength + (target?.data.byteLength ?? 0),
    look(random: Random): Look {
      const frame = augment.frames.reduce((drawn, step) => step.augmentation.draw(step.settings, random, scene, drawn), whole);
      const inFrame: Scene = { ...scene, output: frame.window };
      const changes = augment.pixels.map((step) => step.augmentation.draw(step.settings, random, inFrame));
      const worse = augment.degradations.map((step) => {
        const own = random.integer(2 ** 32);
        return drawDegradation(step, random, () => seededRandom(own, step.method.name));
      });
      return {
        input: partOf(picture, frame, [...changes, ...worse], form),
        ...(worse.length ? { clean: partOf(picture, frame, changes, form) } : {}),
        ...(target ? { target: partOf(target, scaledFrame(frame, picture, target), changes, form) } : {}),
        ...(boxes ? { boxes: framedBoxes(boxes, frame, form.landmarkNames) } : {}),
      };
    },
  };
}

function partOf(
  picture: Picture,
  frame: Frame,
  changes: readonly ((picture: Picture) => Picture | Promise<Picture>)[],
  { type, layout, filter, normalize }: PictureForm,
): Part {
  const { channels } = picture;
  const { width, height } = frame.window;
  return {
    type,
    dims: layout === 'nchw' ? [channels, height, width] : [height, width, channels],
    write(out, at) {
      const sized = resizedRegion(picture, frame, filter);
      // Where no pixels change the window is read from the picture as it is kept, without a copy.
      if (changes.length === 0) return normalize(sized, out as InputArray, at, frame);
      return changed(windowOf(sized, frame), changes).then((picture) => normalize(picture, out as InputArray, at));
    },
  };
}

async function changed(picture: Picture, changes: readonly ((picture: Picture) => Picture | Promise<Picture>)[]): Promise<Picture> {
  let result = picture;
  for (const change of changes) result = await change(result);
  return result;
}

/** A stored array of the shape of a picture as one, sample by sample: floats, not clipped. */
export function pictureOf(data: Float32Array | Uint8Array, dims: readonly number[], layout: 'nchw' | 'nhwc'): Picture {
  const [channels = 1, height = 0, width = 0] = layout === 'nchw' ? dims : [dims[2], dims[0], dims[1]];
  const picture = { channels: channels as 1 | 3, height, width };
  if (layout === 'nhwc') return { ...picture, data };
  const pixels = height * width;
  const out = data instanceof Float32Array ? new Float32Array(data.length) : new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) for (let i = 0; i < pixels; i++) out[i * channels + c] = data[c * pixels + i]!;
  return { ...picture, data: out };
}
