import { leakySlope } from '../../targets/zcu104/arithmetic.ts';
import { float, replaceNode } from '../build.ts';
import type { Fix } from '../fix.ts';
import { fusesWithConvolution, slopesOf } from '../slope.ts';

/** A larger step than this is no rounding of the slope: another activation is meant, and `leaky-relu-parts` keeps it. */
const farthest = 0.15;

export const leakyReluSlope: Fix = {
  id: 'leaky-relu-slope',
  title: 'Set the slope to 26/256 and retrain 1 epoch',
  effect: 'changed',
  finds: 'LeakyRelu, or PRelu with constant slopes, of another slope than 26/256 behind a convolution that is not depthwise.',
  does: 'LeakyRelu of slope 26/256 = 0.1015625, off by the difference of the slopes times the negative input.',
  source:
    '"DPU does not support activation type: LEAKYRELU. Its alpha is 0.100000, but DPU only support 0.1015625." (Vitis-AI Inspector); vai_q_onnx 3.5, ConvertLeakyReluToDPUVersion.',
  match(node, scope) {
    const found = slopesOf(node, scope);
    if (!found || !fusesWithConvolution(node, scope)) return undefined;
    const off = Math.max(...found.slopes.map((slope) => Math.abs(slope - leakySlope)));
    if ((node.op === 'LeakyRelu' && off === 0) || !(off <= farthest) || found.slopes.every((slope) => slope === 0)) return undefined;
    const from = found.single ? `slope ${Number(found.slopes[0]!.toPrecision(6))}` : `${found.slopes.length} slopes`;
    return {
      nodes: [node.label],
      message: `${from} ${found.single ? 'becomes' : 'become'} 26/256`,
      bound: { value: off, times: 'largest negative input' },
      apply() {
        replaceNode(scope.graph, node, 'LeakyRelu', [found.value], { alpha: float(leakySlope) });
        return undefined;
      },
    };
  },
};
