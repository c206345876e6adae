import type { Static, TObject } from '@sinclair/typebox';
import type { Declaration } from '../../base/declaration.ts';
import type { Random } from '../../base/random.ts';
import type { Rectangle } from '../fit.ts';
import type { Picture } from '../types.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Which part of a picture becomes the input: `region` is cut out, resized to `size`, of that `window` is taken, then mirrored. */
export interface Frame {
  /** Inside the picture. */
  readonly region: Rectangle;
  readonly size: Size;
  /** May reach outside the resized region: there the picture is filled with `fill`. */
  readonly window: Rectangle;
  /** Grey level. */
  readonly fill: number;
  readonly mirror: { readonly x: boolean; readonly y: boolean };
}

/** What an augmentation may know of a sample before it draws. */
export interface Scene {
  /** The picture that frames refer to. */
  readonly picture: Size;
  /** What a sample has to become. */
  readonly output: Size;
  /** The grey level of each channel of the picture that the model sees as 0. */
  readonly middle: readonly number[];
}

/** An entry of `data.train.augment`: one file in this folder, one line in `index.ts`. All that is random comes from `random`. */
interface OneAugmentation<Parameters extends TObject> extends Declaration<Parameters> {
  /** Absent: any sample of the shape of a picture. `pictures`: needs grey levels from 0 to 255, so no ready arrays. */
  readonly needs?: 'pictures';
}

/** Chooses what part of the picture is seen. Boxes and the targets of pairs follow. */
export interface FrameAugmentation<Parameters extends TObject = TObject> extends OneAugmentation<Parameters> {
  readonly kind: 'frame';
  /** It gives the picture the size of the output itself. */
  readonly sizes?: true;
  draw(settings: Static<Parameters>, random: Random, scene: Scene, frame: Frame): Frame;
}

/** Changes the picture of the frame, before scale, mean and std; the target of a pair in the same way. */
export interface PixelAugmentation<Parameters extends TObject = TObject> extends OneAugmentation<Parameters> {
  readonly kind: 'pixels';
  /** Draws once; what is returned leaves its argument as it was. */
  draw(settings: Static<Parameters>, random: Random, scene: Scene): (picture: Picture) => Picture;
}

/** Mixes the samples of a batch: row i becomes `share` of itself and the rest of row `partners[i]`, labels and targets too. */
export interface BatchAugmentation<Parameters extends TObject = TObject> extends OneAugmentation<Parameters> {
  readonly kind: 'batch';
  draw(settings: Static<Parameters>, random: Random, rows: number): { readonly share: number; readonly partners: readonly number[] };
}

export type Augmentation = FrameAugmentation | PixelAugmentation | BatchAugmentation;
