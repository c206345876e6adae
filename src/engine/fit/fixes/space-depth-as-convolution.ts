import { Tensor } from '../../onnx/tensor.ts';
import { replaceNode, store } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';
import { wordsOf } from '../words.ts';

export const spaceDepthAsConvolution: Fix = {
  id: 'space-depth-as-convolution',
  title: 'Write it as a convolution of zeros and ones',
  effect: 'exact',
  finds: 'SpaceToDepth and DepthToSpace (pixel shuffle), within the sizes of the accelerator.',
  does: 'A convolution, or a transposed one, whose kernel and stride are the block: each sum has a single term.',
  source: 'Neither is an operator that vai_q_pytorch 3.5 assigns to the DPU (dpu_op_filter.py).',
  match(node, scope) {
    const { graph, board } = scope;
    if (!isOp(node, 'SpaceToDepth', 'DepthToSpace') || !isFloat32(scope, node.inputs[0])) return undefined;
    const [from, to] = [mapOf(scope, node.inputs[0]), mapOf(scope, node.outputs[0])];
    const block = node.int('blocksize', 0);
    if (!from || !to || block < 1 || block > board.convolution.stride || Math.max(from.channels, to.channels) > board.channels)
      return undefined;
    if (wordsOf([block, block], from.channels, board) > board.bankDepth) return undefined;
    const deep = node.op === 'SpaceToDepth';
    const blockFirst = deep || node.string('mode', 'DCR') === 'DCR';
    const channels = deep ? from.channels : to.channels;
    return {
      nodes: [node.label],
      message: `blocks of ${block}×${block} by ${deep ? 'Conv' : 'ConvTranspose'}`,
      apply() {
        const area = block * block;
        const weights = new Float32Array(channels * area * channels * area);
        for (let place = 0; place < area; place++) {
          for (let channel = 0; channel < channels; channel++) {
            const inner = blockFirst ? place * channels + channel : channel * area + place;
            weights[(inner * channels + channel) * area + place] = 1;
          }
        }
        const weight = store(graph, `${node.label}/weight`, Tensor.float32([channels * area, channels, block, block], weights));
        const sizes = { kernel_shape: [block, block], strides: [block, block] };
        replaceNode(graph, node, deep ? 'Conv' : 'ConvTranspose', [node.inputs[0]!, weight], sizes);
        return undefined;
      },
    };
  },
};
