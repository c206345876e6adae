import { pickChannels } from '../build.ts';
import type { Fix } from '../fix.ts';
import { channelParts } from '../parts.ts';
import { splitConvolution } from './split-convolution.ts';

export const splitAsConvolutions: Fix = {
  id: 'split-as-convolutions',
  title: 'Pick the channels by 1×1 convolutions',
  effect: 'exact',
  finds: 'Split of channels, where the convolution that makes them cannot be split instead.',
  does: 'One 1×1 convolution a part whose weights are 0 and 1: each sum has a single term, so nothing is rounded.',
  source: 'Split is no operator of the DPU, Slice only of the 3.0 and 3.5 compilers (release notes); vai_q_onnx 3.5, ConvertSplitToSlice.',
  match(node, scope) {
    const { graph, board } = scope;
    const parts = channelParts(node, scope);
    const all = parts?.reduce((a, b) => a + b, 0) ?? 0;
    if (!parts || all > board.channels || splitConvolution.match(node, scope)) return undefined;
    return {
      nodes: [node.label],
      message: `parts of ${parts.join(', ')} channels are picked by 1×1 convolutions`,
      apply() {
        graph.remove(node);
        let from = 0;
        parts.forEach((size, part) => {
          const channels = Array.from({ length: size }, (_, i) => from + i);
          from += size;
          const output = node.outputs[part]!;
          const picked = pickChannels(graph, `${node.label}/${part}`, node.inputs[0]!, all, channels);
          graph.setOutput(graph.producer(picked)!, 0, output);
        });
        return undefined;
      },
    };
  },
};
