import type { Rewrite } from './rewrite.ts';

/** Every rewrite, in the order in which they run. A new one is one file and a line here. */
export const rewrites: readonly Rewrite[] = [];
