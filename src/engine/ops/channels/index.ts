import type { OperatorRecord } from '../record.ts';
import { elementwiseChannels } from './elementwise.ts';
import { layoutChannels } from './layout.ts';
import { normalizationChannels } from './normalization.ts';
import { productChannels } from './product.ts';
import { quantizedChannels } from './quantized.ts';
import { reductionChannels } from './reduction.ts';
import type { ChannelRule } from './rule.ts';
import { selectionChannels } from './selection.ts';
import { shapeChannels } from './shape.ts';
import { windowChannels } from './window.ts';

/** Rules by operator, one line per family. */
const rules: Readonly<Record<string, ChannelRule>> = {
  ...elementwiseChannels,
  ...layoutChannels,
  ...normalizationChannels,
  ...productChannels,
  ...quantizedChannels,
  ...reductionChannels,
  ...selectionChannels,
  ...shapeChannels,
  ...windowChannels,
};

/** Domains whose operators have rules: other domains may use the same names for something else. */
const domains = new Set(['', 'com.microsoft']);

/** Records with their channel rules. */
export const withChannels = (records: readonly OperatorRecord[]): OperatorRecord[] =>
  records.map((record) => {
    const channels = domains.has(record.domain ?? '') ? rules[record.op] : undefined;
    return channels ? { ...record, channels } : record;
  });

/** Operators that channels can be followed through. */
export const followed: readonly string[] = Object.keys(rules);
