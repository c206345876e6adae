import { emit, replaceNode, scalar } from '../build.ts';
import { isFloat32, isOp, sizesOf, type Fix } from '../fix.ts';

/** The minus goes into the layer that makes the second operand by `fold-constants`, where that is one. */
export const subtractAsAdd: Fix = {
  id: 'subtract-as-add',
  title: 'Add the negative instead',
  effect: 'exact',
  finds: 'Sub of two feature maps of one shape.',
  does: 'Add of the first and of the second times -1.',
  source: 'The eltwise engine adds and multiplies only (DPUCZDX8G_ISA1_B4096.prototxt; vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    if (!isOp(node, 'Sub') || !isFloat32(scope, node.outputs[0])) return undefined;
    const { graph } = scope;
    const [a, b] = node.inputs as [string, string];
    const [first, second] = [sizesOf(scope, a), sizesOf(scope, b)];
    if (graph.constant(a) || graph.constant(b) || !first || first.join() !== second?.join()) return undefined;
    return {
      nodes: [node.label],
      message: 'a - b becomes a + (-1 × b)',
      apply() {
        const minus = emit(graph, `${node.label}/minus`, 'Mul', [b, scalar(graph, `${node.label}/minus/factor`, -1)]);
        replaceNode(graph, node, 'Add', [a, minus]);
        return undefined;
      },
    };
  },
};
