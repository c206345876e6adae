import { Type } from '@sinclair/typebox';
import type { Picture } from '../types.ts';
import type { PixelAugmentation } from './augmentation.ts';

const parameters = Type.Object({
  size: Type.Integer({
    minimum: 1,
    maximum: 65536,
    default: 16,
    unit: 'pixels',
    description: 'Side of the square, in the picture that is fed.',
  }),
  count: Type.Integer({ minimum: 1, maximum: 64, default: 1, description: 'Squares in a picture.' }),
});

export const cutout: PixelAugmentation<typeof parameters> = {
  name: 'cutout',
  kind: 'pixels',
  summary: 'Covers a square with the mean colour, its centre anywhere in the picture.',
  source: 'DeVries and Taylor, Improved regularization with cutout, arXiv:1708.04552, section 3',
  parameters,
  draw({ size, count }, random, { output, middle }) {
    const centers = Array.from({ length: count }, () => [random.integer(output.width), random.integer(output.height)] as const);
    return (picture) => {
      const data = picture.data.slice();
      // A target may be larger than the input by a whole factor.
      const scale = picture.width / output.width;
      for (const [x, y] of centers) {
        const [left, top] = [x - Math.floor(size / 2), y - Math.floor(size / 2)];
        cover({ ...picture, data }, left * scale, top * scale, size * scale, middle);
      }
      return { ...picture, data };
    };
  },
};

function cover({ width, height, channels, data }: Picture, left: number, top: number, side: number, color: readonly number[]): void {
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
    for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) {
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = color[c]!;
    }
  }
}
