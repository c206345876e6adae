import { inq } from './inq.ts';
import { lsq } from './lsq.ts';
import type { QatMethod } from './method.ts';
import { pact } from './pact.ts';
import { plain } from './plain.ts';

/** Every way to train with rounding. A new one is one file and a line here. */
export const methods: readonly QatMethod[] = [lsq, pact, plain, inq];
