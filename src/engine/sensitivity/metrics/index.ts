import { agreement } from './agreement.ts';
import { cosine } from './cosine.ts';
import { kl } from './kl.ts';
import type { SensitivityMetric } from '../metric.ts';
import { mse } from './mse.ts';
import { sqnr } from './sqnr.ts';
import { task } from './task.ts';

/** Every metric, the default first. A new one is one file and a line here. */
export const metrics: readonly SensitivityMetric[] = [sqnr, mse, cosine, kl, agreement, task];

export const findMetric = (name: string): SensitivityMetric | undefined => metrics.find((metric) => metric.name === name);
