import { soleReader } from '../../simplify/edit.ts';
import type { Fix } from '../fix.ts';
import { channelParts } from '../parts.ts';
import { chainOf, copyRows } from '../rows.ts';

export const splitConvolution: Fix = {
  id: 'split-convolution',
  title: 'Split the convolution instead of its result',
  effect: 'exact',
  finds: 'Split of the channels that one convolution makes, activations between, which nothing else reads.',
  does: 'One convolution a part, with its rows of weights and the activations behind: the same work and no Split.',
  source: 'Split is no operator of the DPU (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const { graph } = scope;
    const parts = channelParts(node, scope);
    const chain = parts && soleReader(graph, node.inputs[0]!) === node ? chainOf(graph, node.inputs[0]!) : undefined;
    if (!parts || !chain) return undefined;
    const { conv, activations } = chain;
    return {
      nodes: [node.label, ...[conv, ...activations].map(({ label }) => label)],
      message: `${conv.label} becomes ${parts.length} convolutions of ${parts.join(', ')} channels`,
      apply() {
        graph.remove(node);
        let from = 0;
        parts.forEach((size, part) => {
          copyRows(graph, chain, from, size, String(part), node.outputs[part]!);
          from += size;
        });
        graph.remove(conv, ...activations);
        return undefined;
      },
    };
  },
};
