import { bce } from './bce.ts';
import { focal } from './focal.ts';
import { qualityFocal } from './quality-focal.ts';
import type { ScoreLoss } from './score-loss.ts';

/** Losses of scores. A new one is one file and a line here. */
export const scoreLosses: readonly ScoreLoss[] = [bce, focal, qualityFocal];
