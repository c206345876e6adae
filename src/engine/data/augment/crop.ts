import { Type } from '@sinclair/typebox';
import { LatheError } from '../../base/errors.ts';
import type { FrameAugmentation } from './augmentation.ts';

const side = Type.Integer({ minimum: 1, maximum: 65536, unit: 'pixels' });

const parameters = Type.Object({
  padding: Type.Integer({ minimum: 0, maximum: 1024, default: 0, unit: 'pixels', description: 'Added on each side before the cut.' }),
  size: Type.Optional(
    Type.Union([side, Type.Tuple([side, side])], {
      description: 'Height and width, or one number for both. By default what the model takes.',
    }),
  ),
  fill: Type.Number({ minimum: 0, maximum: 255, default: 0, unit: 'grey levels', description: 'What the padding is filled with.' }),
});

export const crop: FrameAugmentation<typeof parameters> = {
  name: 'crop',
  kind: 'frame',
  sizes: true,
  summary: 'Cuts a window out at a random place, after the resize and instead of the centre crop of the input.',
  source: 'He et al., Deep residual learning, arXiv:1512.03385, section 4.2; torchvision RandomCrop',
  parameters,
  draw({ padding, size, fill }, random, { output }, frame) {
    const [height, width] = size === undefined ? [output.height, output.width] : typeof size === 'number' ? [size, size] : size;
    const [roomX, roomY] = [frame.size.width + 2 * padding - width, frame.size.height + 2 * padding - height];
    if (roomX < 0 || roomY < 0) {
      throw new LatheError(
        'data.size',
        `a picture of ${frame.size.width} x ${frame.size.height} (width x height) is smaller than the random crop of ${width} x ${height}`,
        { hint: 'Give a larger padding, a smaller size, or a resize of the input: resize: { size: …, fit: shorter }.' },
      );
    }
    const [left, top] = [random.integer(roomX + 1) - padding, random.integer(roomY + 1) - padding];
    return { ...frame, window: { left, top, width, height }, fill };
  },
};
