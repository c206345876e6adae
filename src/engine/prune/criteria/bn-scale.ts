import { Type } from '@sinclair/typebox';
import { LatheError } from '../../base/errors.ts';
import type { Criterion } from './criterion.ts';
import { powerSums } from './magnitude.ts';

/** Magnitude of the batch-norm scale behind a channel. Groups without batch normalization have no say and lose channels in order. */
export const bnScale: Criterion = {
  declaration: {
    name: 'bn-scale',
    summary: 'Magnitude of the scale of the batch normalization behind the channel; for models that still have it.',
    source: 'Liu et al. 2017, Learning efficient convolutional networks through network slimming, arXiv:1708.06519',
    parameters: Type.Object({}, { additionalProperties: false }),
  },
  looksAt: 'weights',
  async open(request) {
    const votes = powerSums(request, 1, ['scales']);
    if (request.coupling.groups.length > 0 && !request.coupling.groups.some((group) => votes(group).length > 0)) {
      throw new LatheError('prune.criterion', '`bn-scale` needs batch normalization, and no group of channels has one', {
        file: request.model.path,
        hint: 'It is folded into the convolutions here: `l2` sees the same scales in their weights.',
      });
    }
    return votes;
  },
};
