import { emit, replaceNode, scalar } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { hardSigmoidAttributes } from '../hard.ts';
import { feedsAccelerator } from '../places.ts';

/** Twice that of the sigmoid: tanh(x) = 2 sigmoid(2 x) - 1. */
const largestError = 0.1384;

export const tanhToHardSigmoid: Fix = {
  id: 'tanh-to-hard-sigmoid',
  title: 'Replace Tanh by HardSigmoid and retrain',
  effect: 'changed',
  finds: 'Tanh before a layer that the accelerator runs.',
  does: '2 HardSigmoid(2 x) - 1, off by at most 0.1384.',
  source: 'DPUCZDX8G_ISA1_B4096.prototxt: hsigmoid is the only saturating function of the engines.',
  match(node, scope) {
    const { graph } = scope;
    if (!isOp(node, 'Tanh') || !isFloat32(scope, node.outputs[0]) || !feedsAccelerator(graph, node)) return undefined;
    return {
      nodes: [node.label],
      message: 'Tanh becomes 2 HardSigmoid(2 x) - 1',
      bound: { value: largestError },
      apply() {
        const { label } = node;
        const wide = emit(graph, `${label}/scale`, 'Mul', [node.inputs[0]!, scalar(graph, `${label}/scale/factor`, 2)]);
        const gate = emit(graph, `${label}/gate`, 'HardSigmoid', [wide], hardSigmoidAttributes());
        const twice = emit(graph, `${label}/twice`, 'Mul', [gate, scalar(graph, `${label}/twice/factor`, 2)]);
        replaceNode(graph, node, 'Add', [twice, scalar(graph, `${label}/shift`, -1)]);
        return undefined;
      },
    };
  },
};
