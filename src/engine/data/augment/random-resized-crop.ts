import { Type } from '@sinclair/typebox';
import type { Rectangle } from '../fit.ts';
import type { FrameAugmentation, Size } from './augmentation.ts';

const positive = (most: number) => Type.Number({ exclusiveMinimum: 0, maximum: most });

const parameters = Type.Object({
  scale: Type.Tuple([positive(1), positive(1)], {
    default: [0.08, 1],
    description: 'Least and greatest share of the area that is kept.',
  }),
  ratio: Type.Tuple([positive(100), positive(100)], {
    default: [0.75, 1.3333],
    description: 'Least and greatest width by height of what is kept.',
  }),
});

/** Rectangles drawn before the middle of the picture is taken. */
const attempts = 10;

export const randomResizedCrop: FrameAugmentation<typeof parameters> = {
  name: 'random-resized-crop',
  kind: 'frame',
  sizes: true,
  summary: 'Cuts out a part of random size and shape and resizes it to the input, instead of resize and centre crop.',
  source: 'Szegedy et al., Going deeper with convolutions, arXiv:1409.4842, section 6; torchvision RandomResizedCrop',
  parameters,
  draw({ scale, ratio }, random, { picture, output }, frame) {
    const between = (low: number, high: number): number => low + (high - low) * random.next();
    const [low, high] = sorted(ratio);
    const window = { left: 0, top: 0, ...output };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const area = picture.width * picture.height * between(...sorted(scale));
      const shape = Math.exp(between(Math.log(low), Math.log(high)));
      const width = Math.round(Math.sqrt(area * shape));
      const height = Math.round(Math.sqrt(area / shape));
      if (width < 1 || height < 1 || width > picture.width || height > picture.height) continue;
      const top = random.integer(picture.height - height + 1);
      const left = random.integer(picture.width - width + 1);
      return { ...frame, region: { left, top, width, height }, size: output, window };
    }
    return { ...frame, region: middle(picture, low, high), size: output, window };
  },
};

const sorted = ([a, b]: readonly [number, number]): [number, number] => [Math.min(a, b), Math.max(a, b)];

/** The largest rectangle in the middle whose shape is allowed. */
function middle(picture: Size, low: number, high: number): Rectangle {
  const shape = picture.width / picture.height;
  const width = shape > high ? Math.max(1, Math.round(picture.height * high)) : picture.width;
  const height = shape < low ? Math.max(1, Math.round(picture.width / low)) : picture.height;
  return { left: Math.floor((picture.width - width) / 2), top: Math.floor((picture.height - height) / 2), width, height };
}
