import { asDepthwise } from '../depthwise.ts';
import { isOp, type Fix } from '../fix.ts';
import { foldBeside } from '../host.ts';

export const batchNormOrder: Fix = {
  id: 'batch-norm-order',
  title: 'Fold the batch normalization',
  effect: 'exact',
  finds: 'BatchNormalization, wherever it stands: behind a layer, behind its activation, before a layer, behind a Concat.',
  does: 'It goes into the layer before it, or the one behind that does not pad, or else becomes a depthwise 1×1 convolution.',
  source: 'Order Conv, BatchNormalization, activation: Xilinx/Vitis-AI #911; vai_q_onnx 3.5, ConvertBNToConv.',
  match: (node, scope) => (isOp(node, 'BatchNormalization') ? (foldBeside(node, scope) ?? asDepthwise(node, scope)) : undefined),
};
