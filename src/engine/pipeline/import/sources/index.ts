import { pytorch } from './pytorch.ts';
import type { ImportSource } from './source.ts';
import { tensorFlow } from './tensorflow.ts';

/** Asked in this order. */
export const importSources: readonly ImportSource[] = [pytorch, tensorFlow];
