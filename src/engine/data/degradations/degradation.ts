import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox';
import type { Declaration } from '../../base/declaration.ts';
import type { Random } from '../../base/random.ts';
import type { Picture } from '../types.ts';

/** A number, or the range from which it is drawn each time. */
export type Drawn = number | readonly [least: number, most: number];

/** Declares such a number. */
export const drawn = (options: Record<string, unknown>, number: (options: Record<string, unknown>) => TSchema = Type.Number) => {
  const { description, unit, default: standard, examples, ...limits } = options;
  const said = Object.fromEntries(
    Object.entries({ description, unit, default: standard, examples }).filter(([, value]) => value !== undefined),
  );
  const one = number(limits);
  return Type.Unsafe<number | [number, number]>(
    Type.Union([one, Type.Tuple([one, one], { description: 'Least and greatest; drawn evenly between them.' })], said),
  );
};

/** What settings say once everything random in them is drawn. */
export type Settled<Settings> = { readonly [Key in keyof Settings]-?: Settings[Key] extends Drawn | undefined ? number : Settings[Key] };

/**
 * Makes a picture worse: an entry of `degrade` and of `train.augment`. One file in this folder, one line in `index.ts`. Settings made by
 * `drawn` may be ranges.
 */
export interface DegradationMethod<Parameters extends TObject = TObject> extends Declaration<Parameters> {
  /** The setting that may be written alone: `blur: 1.5`. */
  readonly alone?: string;
  /** Leaves its argument as it was; all that is random comes from `random`. */
  apply(picture: Picture, settings: Settled<Static<Parameters>>, random: Random): Picture | Promise<Picture>;
}

/** Samples as the next byte each, clipped. */
export function toBytes(data: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.round(Math.min(255, Math.max(0, data[i]!)));
  return out;
}

/** Setting of noises. */
export const rounded = Type.Optional(
  Type.Boolean({
    default: false,
    description:
      'Round and clip to 0 … 255, as a file of a camera has it; otherwise the values stay as they are, as the denoising literature measures.',
  }),
);
