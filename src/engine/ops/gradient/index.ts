import type { OperatorRecord } from '../record.ts';
import { activationGradients } from './activation.ts';
import { binaryGradients } from './binary.ts';
import { movementGradients } from './movement.ts';
import { normalizationGradients } from './normalization.ts';
import { productGradients } from './product.ts';
import { reductionGradients } from './reduction.ts';
import { resizeGradients } from './resize.ts';
import type { GradientRule } from './rule.ts';
import { softmaxGradients } from './softmax.ts';
import { unaryGradients } from './unary.ts';
import { windowGradients } from './window.ts';

/** Rules by operator, one line per family. */
const rules: Readonly<Record<string, GradientRule>> = {
  ...activationGradients,
  ...binaryGradients,
  ...movementGradients,
  ...normalizationGradients,
  ...productGradients,
  ...reductionGradients,
  ...resizeGradients,
  ...softmaxGradients,
  ...unaryGradients,
  ...windowGradients,
};

/** Domains whose operators have rules: other domains may use the same names for something else. */
const domains = new Set(['', 'com.microsoft']);

/** Records with their gradient rules. */
export const withGradients = (records: readonly OperatorRecord[]): OperatorRecord[] =>
  records.map((record) => {
    const gradient = domains.has(record.domain ?? '') ? rules[record.op] : undefined;
    return gradient ? { ...record, gradient } : record;
  });

/** Operators that have a rule. */
export const differentiable: readonly string[] = Object.keys(rules);
