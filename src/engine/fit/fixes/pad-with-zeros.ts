import { attributes } from '../../onnx/graph.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';

export const padWithZeros: Fix = {
  id: 'pad-with-zeros',
  title: 'Pad with zeros and retrain',
  effect: 'changed',
  finds: 'Pad in mode reflect, edge or wrap.',
  does: 'Pad with the constant 0: results near the borders are others, as far as the layers behind see the padding.',
  source: 'Pad in modes constant and symmetric only (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const mode = node.string('mode', 'constant');
    if (!isOp(node, 'Pad') || mode === 'constant' || !isFloat32(scope, node.inputs[0])) return undefined;
    return {
      nodes: [node.label],
      message: `mode ${mode} becomes constant`,
      apply() {
        for (const [name, value] of attributes({ mode: 'constant' })) node.attributes.set(name, value);
        if (node.inputs[2]) scope.graph.setInput(node, 2, '');
        return undefined;
      },
    };
  },
};
