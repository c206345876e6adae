import type { RuleBook } from '../../verdict/judge.ts';
import { activations } from './activation.ts';
import type { DpuArchitecture } from './architecture.ts';
import { arrangements } from './arrange.ts';
import { convolutions } from './convolution.ts';
import { dense } from './dense.ts';
import { additions, arithmetic, multiplications } from './elementwise.ts';
import { generalFusions, generalRules, patternRules, unknownOperator } from './general.ts';
import { normalizations } from './normalization.ts';
import { pools } from './pool.ts';
import { reductions } from './reduction.ts';
import { resamplings } from './resample.ts';
import { transposedConvolutions } from './transposed-convolution.ts';

/** What AMD's DPUCZDX8G takes, operator by operator. A new family is a file and a line here. */
export const dpuRules: RuleBook<DpuArchitecture> = {
  accelerator: 'DPU',
  patterns: patternRules,
  general: generalRules,
  fusions: generalFusions,
  families: [
    convolutions,
    transposedConvolutions,
    dense,
    pools,
    additions,
    multiplications,
    arithmetic,
    ...activations,
    ...arrangements,
    ...resamplings,
    ...normalizations,
    ...reductions,
  ],
  unknown: unknownOperator,
};
