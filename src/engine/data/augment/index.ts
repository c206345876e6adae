import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { Default } from '@sinclair/typebox/value';
import { LatheError } from '../../base/errors.ts';
import { degradationEntries, degradations, degradationStep, type Degradation, type DegradationStep } from '../degradations/index.ts';
import type { Augmentation, BatchAugmentation, FrameAugmentation, PixelAugmentation } from './augmentation.ts';
import { colorJitter } from './color-jitter.ts';
import { crop } from './crop.ts';
import { cutout } from './cutout.ts';
import { flip } from './flip.ts';
import { mixup } from './mixup.ts';
import { randomResizedCrop } from './random-resized-crop.ts';

export { randomResizedCrop };

/** Every augmentation, in the order of the reference. */
export const augmentations: readonly Augmentation[] = [flip, crop, randomResizedCrop, colorJitter, cutout, mixup];

/** An entry of `data.train.augment` as written: a name, or a map of the name to settings; degradations as in `degrade`. */
export type AugmentEntry = string | Readonly<Record<string, unknown>>;

const closed = { additionalProperties: false };

const withSettings = ({ name, summary, parameters }: Augmentation): TObject =>
  Type.Object({ [name]: Type.Partial(parameters, { ...closed, description: summary }) }, closed);

/** Declaration of `data.train.augment`. */
export const augmentList = Type.Unsafe<AugmentEntry[]>(
  Type.Array(
    Type.Union([
      ...augmentations.map(({ name, summary }): TSchema => Type.Literal(name, { description: summary })),
      ...augmentations.map(withSettings),
      ...degradationEntries,
    ]),
    {
      description:
        'How pictures are changed at random each time they are seen. First what chooses the part that is seen (flip, crop, random-resized-crop), then what changes pixels, then what makes the input worse (darken, noise, poisson, blur, jpeg: the target stays clean), each in the order of the list; mixup last.',
      examples: [['flip', { crop: { padding: 4 } }]],
    },
  ),
);

/** An augmentation with all its settings. */
export interface AugmentStep<Kind extends Augmentation = Augmentation> {
  readonly augmentation: Kind;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface AugmentPlan {
  readonly frames: readonly AugmentStep<FrameAugmentation>[];
  readonly pixels: readonly AugmentStep<PixelAugmentation>[];
  readonly degradations: readonly DegradationStep[];
  readonly batches: readonly AugmentStep<BatchAugmentation>[];
}

/** What a list asks for, defaults filled in. Throws `data.augment` for a name that is none. */
export function planAugmentation(entries: readonly AugmentEntry[]): AugmentPlan {
  const written = entries.flatMap((entry): [string, unknown][] => (typeof entry === 'string' ? [[entry, {}]] : Object.entries(entry)));
  const steps = written
    .filter(([name]) => !isDegradation(name))
    .map(([name, settings]) => stepOf(name, settings as Record<string, unknown>));
  const worse = written.filter(([name]) => isDegradation(name)).map(([name, settings]) => degradationStep(name, settings));
  const ofKind = <Kind extends Augmentation>(kind: Kind['kind']) =>
    steps.filter((step): step is AugmentStep<Kind> => step.augmentation.kind === kind);
  // It chooses from the whole picture: what comes before it in a list would have no effect.
  const frames = ofKind<FrameAugmentation>('frame').sort(
    (a, b) => Number(b.augmentation === randomResizedCrop) - Number(a.augmentation === randomResizedCrop),
  );
  return { frames, pixels: ofKind('pixels'), degradations: worse, batches: ofKind('batch') };
}

const isDegradation = (name: string): boolean => degradations.some((method) => method.name === name);

/** The entries that make inputs worse, as `degrade` has them: what the model will meet, not only a way to see a picture anew. */
export const degradationsOf = (entries: readonly AugmentEntry[] = []): Degradation[] =>
  entries.flatMap((entry) =>
    typeof entry === 'string'
      ? []
      : Object.entries(entry).flatMap(([name, settings]) => (isDegradation(name) ? [{ [name]: settings }] : [])),
  );

function stepOf(name: string, settings: Readonly<Record<string, unknown>>): AugmentStep {
  const augmentation = augmentations.find((candidate) => candidate.name === name);
  if (!augmentation)
    throw new LatheError('data.augment', `there is no augmentation ${JSON.stringify(name)}`, {
      hint: `There are ${[...augmentations, ...degradations].map((one) => one.name).join(', ')}.`,
    });
  return { augmentation, settings: Default(augmentation.parameters, structuredClone(settings)) as Record<string, unknown> };
}
