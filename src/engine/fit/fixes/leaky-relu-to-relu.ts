import { replaceNode } from '../build.ts';
import type { Fix } from '../fix.ts';
import { slopesOf } from '../slope.ts';
import { leakyReluParts } from './leaky-relu-parts.ts';

/** Faster than `leaky-relu-parts`, which is exact: only where somebody asks for it. */
export const leakyReluToRelu: Fix = {
  id: 'leaky-relu-to-relu',
  title: 'Use ReLU instead and retrain',
  effect: 'changed',
  named: true,
  finds: 'LeakyRelu and PRelu with constant slopes that the DPU does not have, or behind a depthwise convolution.',
  does: 'Relu, off by the slope times the negative input.',
  source: 'LeakyReLU behind depthwise runs on the CPU (Xilinx/Vitis-AI #1161, #911).',
  match(node, scope) {
    const found = leakyReluParts.match(node, scope) && slopesOf(node, scope);
    if (!found) return undefined;
    return {
      nodes: [node.label],
      message: `${node.op} becomes Relu`,
      bound: { value: Math.max(...found.slopes.map(Math.abs)), times: 'largest negative input' },
      apply() {
        replaceNode(scope.graph, node, 'Relu', [found.value]);
        return undefined;
      },
    };
  },
};
