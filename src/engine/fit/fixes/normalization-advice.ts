import { isOp, type Fix } from '../fix.ts';

const operators = ['LayerNormalization', 'GroupNormalization', 'InstanceNormalization', 'LpNormalization', 'RMSNormalization', 'LRN', 'MeanVarianceNormalization']; // prettier-ignore

export const normalizationAdvice: Fix = {
  id: 'normalization-advice',
  title: 'Train with BatchNormalization instead',
  effect: 'advice',
  finds: 'Normalizations whose statistics are computed at run time.',
  does: 'Nothing here: a network trained with BatchNormalization folds it into its convolutions.',
  source: "None is in the engines' type lists (DPUCZDX8G_ISA1_B4096.prototxt).",
  match(node) {
    if (!isOp(node, ...operators)) return undefined;
    return { nodes: [node.label], message: `${node.op} computes its statistics at run time`, apply: () => false };
  },
};
