import { isOp, type Fix } from '../fix.ts';
import { feedsAccelerator } from '../places.ts';

const operators = ['Elu', 'Selu', 'Celu', 'Softplus', 'Softsign', 'ThresholdedRelu', 'Softmax', 'LogSoftmax', 'Exp', 'Sqrt', 'Erf', 'Mish']; // prettier-ignore

export const activationAdvice: Fix = {
  id: 'activation-advice',
  title: 'Train with ReLU, ReLU6 or HardSwish instead',
  effect: 'advice',
  finds: 'Activations in the middle of the network that no engine has and that nothing here replaces.',
  does: 'Nothing here: every one of them is a sub-graph on the CPU with two transfers.',
  source: 'Nonlinear types of DPUCZDX8G_ISA1_B4096.prototxt: relu, leaky_relu, relu_six, hsigmoid.',
  match(node, { graph }) {
    if (!isOp(node, ...operators) || !feedsAccelerator(graph, node)) return undefined;
    return { nodes: [node.label], message: `the accelerator has no ${node.op}`, apply: () => false };
  },
};
