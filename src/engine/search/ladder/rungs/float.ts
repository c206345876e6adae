import type { Rung } from '../rung.ts';
import { counted, growing } from './growing.ts';

/** The last resort: with enough layers in float any loss is kept. */
export const float: Rung = {
  name: 'float layers',
  summary: 'The most sensitive layers left in float.',
  climb: (tools) => growing(tools, { quantize: false }, (count) => `${counted(count)} in float`),
};
