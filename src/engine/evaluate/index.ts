import type { Metric } from './metric.ts';
import { agreement } from './metrics/agreement.ts';
import { ap50 } from './metrics/ap50.ts';
import { psnr } from './metrics/psnr.ts';
import { top1 } from './metrics/top1.ts';

/** Every metric; the first that fits task and data is measured. */
export const metrics: readonly Metric[] = [top1, ap50, psnr, agreement];
