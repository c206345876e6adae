import { emit, replaceNode, scalar } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { hardSigmoidAttributes, isBoardHardSigmoid } from '../hard.ts';

export const hardSigmoidParameters: Fix = {
  id: 'hard-sigmoid-parameters',
  title: 'Scale its input for slope 1/6',
  effect: 'exact',
  finds: 'HardSigmoid of another slope than 1/6 or another offset than 1/2 (Keras: 0.2).',
  does: 'HardSigmoid(1/6, 1/2) of 6 a x + 6 b - 3, where a and b are its slope and offset; the factor mostly goes into the layer before.',
  source: 'DPUCZDX8G_ISA1_B4096.prototxt, ALU type hsigmoid; vai_q_onnx 3.5, ConvertHardSigmoidToDPUVersion.',
  match(node, scope) {
    const { graph } = scope;
    if (!isOp(node, 'HardSigmoid') || isBoardHardSigmoid(node) || !isFloat32(scope, node.outputs[0])) return undefined;
    const [alpha, beta] = [node.float('alpha', Math.fround(0.2)), node.float('beta', 0.5)];
    if (!Number.isFinite(6 * alpha) || !Number.isFinite(beta) || Math.abs(beta) > 1e4 || alpha === 0) return undefined;
    return {
      nodes: [node.label],
      message: `slope ${Number(alpha.toPrecision(6))} and offset ${Number(beta.toPrecision(6))} become 1/6 and 1/2 of a scaled input`,
      apply() {
        const { label } = node;
        let value = emit(graph, `${label}/scale`, 'Mul', [node.inputs[0]!, scalar(graph, `${label}/scale/factor`, 6 * alpha)]);
        const shift = 6 * beta - 3;
        if (shift !== 0) value = emit(graph, `${label}/shift`, 'Add', [value, scalar(graph, `${label}/shift/number`, shift)]);
        replaceNode(graph, node, 'HardSigmoid', [value], hardSigmoidAttributes());
        return undefined;
      },
    };
  },
};
