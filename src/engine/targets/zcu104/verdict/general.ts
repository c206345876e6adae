import type { Layer } from '../../verdict/types.ts';
import { hardPatternAround } from './patterns.ts';
import { fixes, sources, times, type DpuFusion, type DpuRule } from './shared.ts';

/** What holds for every operator. */

const isMap = ({ node, flow }: Layer): boolean => flow.input(node)?.length === 4 || flow.output(node)?.length === 4;

export const generalRules: readonly DpuRule[] = [
  {
    name: 'dpu.batch',
    about: 'all',
    limit: 'one picture at a time',
    outcome: 'no',
    source: `${sources.inspector}; Xilinx/Vitis-AI issue 257`,
    check(layer) {
      const { node, flow } = layer;
      const batch = flow.input(node)?.[0];
      if (!isMap(layer) || typeof batch !== 'number' || batch === 1) return undefined;
      return { reason: `it takes ${batch} pictures at once, and the DPU of this board one`, fixes: fixes('batch-of-one') };
    },
  },
  {
    name: 'dpu.rank',
    about: 'all',
    limit: 'four axes at most',
    outcome: 'no',
    source: sources.inspector,
    check({ node, flow }) {
      const dims = [flow.output(node), flow.input(node)].find((sizes) => sizes && sizes.length > 4);
      return dims ? { reason: `it works on ${times(dims)}, more than four axes`, fixes: fixes('cut-end') } : undefined;
    },
  },
  {
    name: 'dpu.static-shape',
    about: 'all',
    limit: 'sizes known before it runs',
    outcome: 'if',
    source: sources.inspector,
    check({ node, flow }) {
      const dims = [flow.input(node), flow.output(node)].find((sizes) => sizes?.some((size) => typeof size !== 'number'));
      return dims ? { reason: `the sizes ${times(dims)} have to be fixed before it is compiled: give them with --shape` } : undefined;
    },
  },
];

/** Nodes that are one layer together. */
export const patternRules: readonly DpuRule[] = [
  {
    name: 'dpu.hard-swish-pattern',
    about: 'Add, Clip, Mul, Div',
    limit: 'Clip(x + 3, 0, 6) / 6, alone or times x, once it is written as HardSigmoid or HardSwish',
    outcome: 'if',
    context: true,
    source: `${sources.reports}: hswish`,
    check({ node, flow }) {
      const pattern = hardPatternAround(flow, node);
      if (!pattern) return undefined;
      return {
        reason: `it is one of ${pattern.nodes.length} nodes of a ${pattern.kind}, which the DPU has once it is written as one`,
        fixes: fixes('hard-swish-pattern', 'hard-sigmoid-pattern'),
      };
    },
  },
];

/** Of the model's own clean-up. */
export const generalFusions: readonly DpuFusion[] = [
  {
    name: 'dpu.removed',
    about: 'Identity, Dropout',
    limit: 'always: taken out before the board runs',
    outcome: 'yes',
    source: sources.pytorch,
    find({ node, flow }) {
      if (node.op !== 'Identity' && node.op !== 'Dropout') return undefined;
      const inside = flow.maker(node.inputs[0] ?? '');
      return { ...(inside ? { inside } : {}), reason: 'taken out before the board runs' };
    },
  },
];

/** Anything that no family knows. */
export const unknownOperator: DpuRule = {
  name: 'dpu.operator',
  about: 'all others',
  limit: 'never: the engines have no such operator',
  outcome: 'no',
  source: `${sources.inspector}: can't be converted to XIR`,
  check: ({ node }) => ({ reason: `the DPU has no ${node.qualifiedOp.slice(0, 80)}`, fixes: fixes('cut-end') }),
};
