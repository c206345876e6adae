import { Type } from '@sinclair/typebox';
import type { LossDeclaration } from './declaration.ts';
import type { Loss } from './loss.ts';
import { meanOf } from './restoration.ts';

/** Mean of |output − target|. */
export const l1: Loss = { name: 'l1', build: (site) => meanOf(site, (difference) => site.emit('Abs', [difference])) };

export const l1Loss = {
  name: 'l1',
  summary: 'Mean of the absolute difference from the target.',
  parameters: Type.Object({}),
  compares: 'targets',
  make: () => l1,
} satisfies LossDeclaration;
