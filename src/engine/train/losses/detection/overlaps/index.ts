import { ciou } from './ciou.ts';
import { diou } from './diou.ts';
import { eiou } from './eiou.ts';
import { extendedIou } from './extended-iou.ts';
import { giou } from './giou.ts';
import { iou } from './iou.ts';
import type { BoxLoss } from './overlap.ts';

/** Losses of boxes. A new one is one file and a line here. */
export const boxLosses: readonly BoxLoss[] = [iou, giou, diou, ciou, eiou, extendedIou];
