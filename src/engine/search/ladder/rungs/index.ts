import type { Rung } from '../rung.ts';
import { bias } from './bias.ts';
import { equalize } from './equalize.ts';
import { float } from './float.ts';
import { perChannel } from './per-channel.ts';
import { ranges } from './ranges.ts';
import { rounding } from './rounding.ts';
import { wider } from './wider.ts';

/** The ladder, cheap rungs first. A new one is one file and a line here. */
export const rungs: readonly Rung[] = [perChannel, ranges, equalize, bias, rounding, wider, float];
