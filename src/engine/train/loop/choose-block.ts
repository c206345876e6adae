import type { Runtime } from '../../runtime/runtime.ts';
import { probeBlock } from '../lower/blocked/probe.ts';

/** Block of the blocked layout that training steps are written for; undefined: the portable form. */
export const chooseBlock = (runtime: Runtime): Promise<number | undefined> => probeBlock(runtime);
