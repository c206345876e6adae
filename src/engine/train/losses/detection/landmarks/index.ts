import type { PointLoss } from './point-loss.ts';
import { smoothL1 } from './smooth-l1.ts';
import { wing } from './wing.ts';

/** Losses of landmarks. A new one is one file and a line here. */
export const pointLosses: readonly PointLoss[] = [smoothL1, wing];
