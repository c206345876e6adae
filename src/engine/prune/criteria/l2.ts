import { Type } from '@sinclair/typebox';
import type { Criterion } from './criterion.ts';
import { powerSums } from './magnitude.ts';

/** Sum of the squares of the weights that make and read a channel. */
export const l2: Criterion = {
  declaration: {
    name: 'l2',
    summary: 'Sum of the squares of the weights that make and read the channel.',
    source: 'Fang et al. 2023, DepGraph, arXiv:2301.12900, section 3.3',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'weights',
  open: async (request) => powerSums(request, 2, ['filters', 'scales']),
};
