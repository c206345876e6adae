import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import { scalar, replaceNode } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';

/** Farther from 6 than by this the layers behind would see another function; `clip-to-relu6` is exact there. */
const near = 1;

export const clipNear6: Fix = {
  id: 'clip-near-6',
  title: 'Set the upper bound to 6',
  effect: 'changed',
  finds: 'Clip from 0 to a number between 5 and 7.',
  does: 'ReLU6, off by at most the difference of the bounds.',
  source: 'vai_q_onnx 3.5, ReplaceClip6Relu; nonlinear types of DPUCZDX8G_ISA1_B4096.prototxt.',
  match(node, scope) {
    const { graph } = scope;
    if (!isOp(node, 'Clip') || !isFloat32(scope, node.outputs[0])) return undefined;
    const bounds = clampBounds(node, graph);
    if (bounds?.low !== 0 || bounds.high === 6 || !(Math.abs(bounds.high - 6) < near)) return undefined;
    return {
      nodes: [node.label],
      message: `its upper bound ${Number(bounds.high.toPrecision(6))} becomes 6`,
      bound: { value: Math.abs(bounds.high - 6) },
      apply() {
        const { label } = node;
        replaceNode(graph, node, 'Clip', [node.inputs[0]!, scalar(graph, `${label}/min`, 0), scalar(graph, `${label}/max`, 6)]);
        return undefined;
      },
    };
  },
};
