import { Tensor } from '../../onnx/tensor.ts';
import { attributes } from '../../onnx/graph.ts';
import { floatConstant, setConstant } from '../../simplify/edit.ts';
import { isDepthwise } from '../../targets/zcu104/fusing.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';

export const evenDilations: Fix = {
  id: 'even-dilations',
  title: 'Write the dilation as zeros in the kernel',
  effect: 'exact',
  finds: 'Depthwise convolution that is dilated differently in height and width.',
  does: 'A larger kernel with zeros between its weights, not dilated.',
  source: 'dilation_h = dilation_w for depthwise convolutions (Xilinx/Vitis-AI #813).',
  match(node, scope) {
    const { graph, board } = scope;
    const [high = 1, wide = 1] = node.ints('dilations') ?? [];
    if (!isOp(node, 'Conv') || high === wide || !isDepthwise(graph, node) || !isFloat32(scope, node.outputs[0])) return undefined;
    const weight = floatConstant(graph, node.inputs[1]);
    if (weight?.dims.length !== 4) return undefined;
    const [filters, , rows, columns] = weight.dims as [number, number, number, number];
    const size = [(rows - 1) * high + 1, (columns - 1) * wide + 1] as const;
    if (size[0] * size[1] > board.bankDepth || Math.max(...size) > board.window.kernel) return undefined;
    return {
      nodes: [node.label],
      message: `${rows}×${columns} dilated by ${high} and ${wide} becomes ${size.join('×')}`,
      apply() {
        const values = new Float32Array(filters * size[0] * size[1]);
        weight.values.forEach((value, i) => {
          const [column, row] = [i % columns, Math.floor(i / columns) % rows];
          values[(Math.floor(i / (rows * columns)) * size[0] + row * high) * size[1] + column * wide] = value;
        });
        setConstant(graph, node, 1, 'weight', Tensor.float32([filters, 1, ...size], values));
        node.attributes.delete('dilations');
        for (const [name, own] of attributes({ kernel_shape: [...size] })) node.attributes.set(name, own);
        return undefined;
      },
    };
  },
};
