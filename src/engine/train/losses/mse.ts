import { Type } from '@sinclair/typebox';
import type { LossDeclaration } from './declaration.ts';
import type { Loss } from './loss.ts';
import { meanOf } from './restoration.ts';

/** Mean of (output − target)². */
export const mse: Loss = { name: 'mse', build: (site) => meanOf(site, (difference) => site.emit('Mul', [difference, difference])) };

export const mseLoss = {
  name: 'mse',
  summary: 'Mean of the squared difference from the target: what PSNR measures.',
  parameters: Type.Object({}),
  compares: 'targets',
  make: () => mse,
} satisfies LossDeclaration;
