import { Type } from '@sinclair/typebox';
import type { Criterion } from './criterion.ts';
import { powerSums } from './magnitude.ts';

/** Sum of the magnitudes of the weights that make and read a channel. */
export const l1: Criterion = {
  declaration: {
    name: 'l1',
    summary: 'Sum of the magnitudes of the weights that make and read the channel.',
    source:
      'Li et al. 2017, Pruning filters for efficient ConvNets, arXiv:1608.08710; over coupled layers as Fang et al. 2023, DepGraph, arXiv:2301.12900',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'weights',
  open: async (request) => powerSums(request, 1, ['filters', 'scales']),
};
