import { auto } from './auto.ts';
import { cluster } from './cluster.ts';
import { distill } from './distill.ts';
import { fit } from './fit.ts';
import { joint } from './joint.ts';
import { prune } from './prune.ts';
import { qat } from './qat.ts';
import { quantize } from './quantize.ts';
import type { StepRunner } from './step.ts';
import { train } from './train.ts';

/** Every step that can run. A new one is one file and a line here. */
export const stepRunners: readonly StepRunner[] = [train, distill, prune, cluster, fit, quantize, qat, auto, joint];
