import { Type } from '@sinclair/typebox';
import { oneOf } from '../../base/declaration.ts';
import type { FrameAugmentation } from './augmentation.ts';

const parameters = Type.Object({
  probability: Type.Number({ minimum: 0, maximum: 1, default: 0.5, description: 'How often a picture is mirrored.' }),
  direction: oneOf(
    { horizontal: 'Left and right change places.', vertical: 'Top and bottom change places.', both: 'Draws for each of them by itself.' },
    { default: 'horizontal', description: 'What changes places.' },
  ),
});

export const flip: FrameAugmentation<typeof parameters> = {
  name: 'flip',
  kind: 'frame',
  summary: 'Mirrors the picture.',
  source: 'Krizhevsky et al., ImageNet classification, NeurIPS 2012, section 4.1; torchvision RandomHorizontalFlip',
  parameters,
  draw({ probability, direction }, random, _, frame) {
    const x = direction !== 'vertical' && random.next() < probability;
    const y = direction !== 'horizontal' && random.next() < probability;
    return { ...frame, mirror: { x: frame.mirror.x !== x, y: frame.mirror.y !== y } };
  },
};
