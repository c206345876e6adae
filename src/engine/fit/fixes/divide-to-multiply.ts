import { allFinite } from '../../base/numbers.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { floatConstant } from '../../simplify/edit.ts';
import { replaceNode, store } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { foldBeside } from '../host.ts';

export const divideToMultiply: Fix = {
  id: 'divide-to-multiply',
  title: 'Multiply by the reciprocal',
  effect: 'exact',
  finds: 'Div by constants, of any shape, that no layer beside it can take.',
  does: 'Mul by their reciprocals.',
  source: 'The eltwise engine adds and multiplies only (DPUCZDX8G_ISA1_B4096.prototxt; vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const { graph } = scope;
    const divisor = isOp(node, 'Div') && isFloat32(scope, node.outputs[0]) ? floatConstant(graph, node.inputs[1]) : undefined;
    if (!divisor || graph.constant(node.inputs[0]!) || foldBeside(node, scope)) return undefined;
    const reciprocals = Float32Array.from(divisor.values, (value) => 1 / value);
    if (!allFinite(reciprocals)) return undefined;
    return {
      nodes: [node.label],
      message: `Div by ${divisor.values.length === 1 ? String(Number(divisor.values[0]!.toPrecision(6))) : `${divisor.values.length} constants`} becomes Mul`,
      apply() {
        const factor = store(graph, `${node.label}/reciprocal`, Tensor.float32(divisor.dims, reciprocals));
        replaceNode(graph, node, 'Mul', [node.inputs[0]!, factor]);
        return undefined;
      },
    };
  },
};
