import { LatheError } from '../base/errors.ts';
import type { NotQuantized } from './types.ts';

/** Says why: the reasons that kept every node in float, each once. */
export function nothingToQuantize(notQuantized: readonly NotQuantized[], file: string | undefined): LatheError {
  const reasons = [...new Set(notQuantized.map(({ op, reason }) => `${op}: ${reason}`))];
  const shown = reasons.slice(0, 5).join('; ') + (reasons.length > 5 ? '; …' : '');
  return new LatheError('quantize.nothing', 'there is nothing to quantize in this model', {
    file,
    hint: shown ? `${shown}.` : 'It has no convolution and no matrix product with weights.',
  });
}
