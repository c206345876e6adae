import { foldPads, paddedConvolutions } from '../../simplify/fold-padding.ts';
import type { Fix } from '../fix.ts';

export const foldPadding: Fix = {
  id: 'fold-padding',
  title: 'Let the convolution pad',
  effect: 'exact',
  finds: 'Pad with zeros around a feature map that only convolutions read.',
  does: 'The pads become those of the convolutions.',
  source: 'Constant pads are fused into the next convolution or pool (vai_q_pytorch 3.5, dpu_op_filter.py; pyxir, common/op_support.py).',
  match(node, { graph }) {
    const found = paddedConvolutions(graph, node);
    if (!found) return undefined;
    return {
      nodes: [node.label, ...found.readers.map(({ label }) => label)],
      message: `pads [${found.pads.join(', ')}] go into ${found.readers.map(({ label }) => label).join(', ')}`,
      apply() {
        foldPads(graph, node, found);
        return undefined;
      },
    };
  },
};
