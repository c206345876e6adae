import { isOp, type Fix } from '../fix.ts';
import { foldBeside } from '../host.ts';

export const foldConstants: Fix = {
  id: 'fold-constants',
  title: 'Fold the numbers into the layer beside it',
  effect: 'exact',
  finds: 'Add, Sub, Mul, Div with one constant number for all or a channel, and Neg, next to a Conv, ConvTranspose or Gemm.',
  does: 'The numbers go into the weights and the bias; a shift goes through a convolution behind only where that does not pad.',
  source: 'The DPU adds operands of one shape and has no Sub or Div (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match: (node, scope) => (isOp(node, 'Add', 'Sub', 'Mul', 'Div', 'Neg') ? foldBeside(node, scope) : undefined),
};
