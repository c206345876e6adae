import { leakySlope } from '../../targets/zcu104/arithmetic.ts';
import { float, replaceNode } from '../build.ts';
import { isOp, type Fix } from '../fix.ts';
import { slopesOf } from '../slope.ts';

export const preluAsLeakyRelu: Fix = {
  id: 'prelu-as-leaky-relu',
  title: 'Write it as LeakyReLU',
  effect: 'exact',
  finds: 'PRelu whose constant slopes are all 26/256.',
  does: 'LeakyRelu of that slope, which the convolution engine computes in the same pass.',
  source: 'DPUCZDX8G_ISA1_B4096.prototxt, convolution engine, nonlinear: leaky_relu; no rule for PReLU is known.',
  match(node, scope) {
    const found = isOp(node, 'PRelu') ? slopesOf(node, scope) : undefined;
    if (!found?.slopes.every((slope) => slope === leakySlope)) return undefined;
    return {
      nodes: [node.label],
      message: 'all its slopes are 26/256',
      apply() {
        replaceNode(scope.graph, node, 'LeakyRelu', [found.value], { alpha: float(leakySlope) });
        return undefined;
      },
    };
  },
};
