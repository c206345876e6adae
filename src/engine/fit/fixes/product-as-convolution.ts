import { attributes, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { floatConstant } from '../../simplify/edit.ts';
import { emit, store } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';
import { transposeOf } from '../transposes.ts';

const toNhwc = '0,2,3,1';

export const productAsConvolution: Fix = {
  id: 'product-as-convolution',
  title: 'Write it as a 1×1 convolution',
  effect: 'exact',
  finds: 'MatMul with a constant matrix on the channels of a feature map that was transposed to NHWC for it.',
  does: 'A 1×1 convolution before the Transpose, which moves behind it.',
  source: 'The DPU multiplies by convolutions (UG1414 3.5); Transpose runs on the CPU (Vitis-AI Inspector).',
  match(node, scope) {
    const { graph, board } = scope;
    if (!isOp(node, 'MatMul') || !isFloat32(scope, node.outputs[0])) return undefined;
    const turned = transposeOf(graph, node.inputs[0]!, node);
    const weight = floatConstant(graph, node.inputs[1]);
    const map = mapOf(scope, turned?.node.inputs[0]);
    if (!turned || turned.perm.join() !== toNhwc || weight?.dims.length !== 2 || map?.channels !== weight.dims[0]) return undefined;
    const [rows, columns] = weight.dims as [number, number];
    if (Math.max(rows, columns) > board.channels) return undefined;
    return {
      nodes: [node.label, turned.node.label],
      message: `${rows} × ${columns} numbers become a 1×1 convolution`,
      apply() {
        const values = Float32Array.from(weight.values, (_, i) => weight.values[(i % rows) * columns + Math.floor(i / rows)]!);
        const kernel = store(graph, `${node.label}/kernel`, Tensor.float32([columns, rows, 1, 1], values));
        const [result] = node.outputs as [string];
        graph.remove(node, turned.node);
        const made = emit(graph, `${node.label}/convolution`, 'Conv', [turned.node.inputs[0]!, kernel], { kernel_shape: [1, 1] });
        graph.add(new Node(node.label, 'Transpose', [made], [result], attributes({ perm: turned.perm })));
        return undefined;
      },
    };
  },
};
