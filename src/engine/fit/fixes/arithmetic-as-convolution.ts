import { asDepthwise } from '../depthwise.ts';
import { isOp, type Fix } from '../fix.ts';
import { foldBeside } from '../host.ts';

/** A Mul alone the DPU takes. */
export const arithmeticAsConvolution: Fix = {
  id: 'arithmetic-as-convolution',
  title: 'Write the numbers as a depthwise convolution',
  effect: 'exact',
  finds: 'Add or Sub with one constant number for all or a channel, that no layer beside it can take.',
  does: 'A depthwise 1×1 convolution with the same numbers as weights and bias.',
  source: 'The DPU adds operands of one shape only and has no Sub (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match: (node, scope) => (isOp(node, 'Add', 'Sub') && !foldBeside(node, scope) ? asDepthwise(node, scope) : undefined),
};
