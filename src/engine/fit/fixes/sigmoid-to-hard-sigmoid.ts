import { replaceNode } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { hardSigmoidAttributes } from '../hard.ts';
import { feedsAccelerator } from '../places.ts';
import { siluAt } from './swish-to-hard-swish.ts';

/** max |sigmoid(x) - clip(x / 6 + 1/2, 0, 1)|, at the x where the sigmoid's slope is 1/6: 1.317. */
const largestError = 0.0692;

export const sigmoidToHardSigmoid: Fix = {
  id: 'sigmoid-to-hard-sigmoid',
  title: 'Replace Sigmoid by HardSigmoid and retrain',
  effect: 'changed',
  finds: 'Sigmoid before a layer that the accelerator runs; one that only leads to outputs is cut off instead.',
  does: 'HardSigmoid(1/6, 1/2), off by at most 0.0692.',
  source:
    '"nndct_sigmoid can\'t be assigned to DPU." (Vitis-AI Inspector); Xilinx/Vitis-AI #1024; vai_q_onnx 3.5, ConvertSigmoidToHardSigmoid.',
  match(node, scope) {
    const { graph } = scope;
    if (!isOp(node, 'Sigmoid') || !isFloat32(scope, node.outputs[0]) || !feedsAccelerator(graph, node)) return undefined;
    // As a part of SiLU it goes with it.
    if (graph.users(node.outputs[0]!).some((use) => siluAt(use.node, graph))) return undefined;
    return {
      nodes: [node.label],
      message: 'Sigmoid becomes HardSigmoid(1/6, 1/2)',
      bound: { value: largestError },
      apply() {
        replaceNode(graph, node, 'HardSigmoid', [node.inputs[0]!], hardSigmoidAttributes());
        return undefined;
      },
    };
  },
};
