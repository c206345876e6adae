import { Tensor } from '../../onnx/tensor.ts';
import { setConstant } from '../../simplify/edit.ts';
import { linearLayer } from '../../simplify/linear.ts';
import { attributes } from '../../onnx/graph.ts';
import { isDepthwise } from '../../targets/zcu104/fusing.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { wordsOf } from '../words.ts';

/** Of the plain convolution: 256 MB. */
const mostWeights = 2 ** 26;

export const ungroupConvolution: Fix = {
  id: 'ungroup-convolution',
  title: 'Write the groups as one plain convolution',
  effect: 'exact',
  finds: 'Conv and ConvTranspose in groups that are not depthwise (of ConvTranspose also those), within the sizes of the accelerator.',
  does: 'The same layer without groups: weights of 0 join channels of different groups. It multiplies as many times more as there were groups.',
  source: 'Of group convolutions UG1414 2.0 and vai_q_pytorch 3.5 know depthwise ones only; the notes of 3.0 name no DPU that has others.',
  match(node, scope) {
    const { graph, board } = scope;
    const group = node.int('group', 1);
    if (group <= 1 || !isOp(node, 'Conv', 'ConvTranspose') || isDepthwise(graph, node) || !isFloat32(scope, node.outputs[0]))
      return undefined;
    const layer = linearLayer(graph, node);
    const kernel = layer?.weight.dims.slice(2);
    if (!layer || kernel?.length !== 2 || Math.max(layer.inputs, layer.outputs) > board.channels) return undefined;
    if (layer.outputs * layer.inputs * kernel[0]! * kernel[1]! > mostWeights) return undefined;
    if (wordsOf(kernel, layer.inputs, board) > board.bankDepth || kernel.some((side) => side > board.convolution.kernel)) return undefined;
    return {
      nodes: [node.label],
      message: `its ${group} groups become one, with ${group} times the multiplications`,
      apply() {
        const plain = node.op === 'Conv' ? [layer.outputs, layer.inputs] : [layer.inputs, layer.outputs];
        const area = kernel[0]! * kernel[1]!;
        const values = new Float32Array(plain[0]! * plain[1]! * area);
        layer.weight.values.forEach((value, i) => {
          const [row, column] = node.op === 'Conv' ? [layer.outputOf(i), layer.inputOf(i)] : [layer.inputOf(i), layer.outputOf(i)];
          values[(row * plain[1]! + column) * area + (i % area)] = value;
        });
        setConstant(graph, node, 1, 'weight', Tensor.float32([...plain, ...kernel], values));
        for (const [name, value] of attributes({ group: 1 })) node.attributes.set(name, value);
        return undefined;
      },
    };
  },
};
