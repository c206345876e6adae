import { attributes } from '../../onnx/graph.ts';
import { bypassed } from '../../simplify/remove-no-ops.ts';
import { isOp, type Fix } from '../fix.ts';
import { composed, isIdentity } from '../transposes.ts';

export const cancelTransposes: Fix = {
  id: 'cancel-transposes',
  title: 'Cancel the transposes',
  effect: 'exact',
  finds: 'Transpose that reads a Transpose, or one that leaves every axis where it is.',
  does: 'One Transpose, or none where the two cancel.',
  source: '"type = transpose … assigned to CPU" (Vitis-AI Inspector); pairs between NCHW and NHWC cost two sub-graphs.',
  match(node, scope) {
    const { graph } = scope;
    const outer = isOp(node, 'Transpose') ? node.ints('perm') : undefined;
    if (!outer) return undefined;
    const before = graph.producer(node.inputs[0]!);
    const inner = isOp(before, 'Transpose') ? before.ints('perm') : undefined;
    if (!isIdentity(outer) && inner?.length !== outer.length) return undefined;
    const both = inner?.length === outer.length ? composed(inner, outer) : outer;
    // The result of the graph, straight from its input, needs some node that makes it.
    const source = inner ? before!.inputs[0]! : node.inputs[0]!;
    if (isIdentity(both) && graph.isOutput(node.outputs[0]!) && (!graph.producer(source) || graph.isOutput(source))) return undefined;
    return {
      nodes: [node.label, ...(inner ? [before!.label] : [])],
      message: isIdentity(both) ? 'they undo each other' : `two become one, of axes ${both.join(', ')}`,
      apply() {
        if (inner) {
          graph.setInput(node, 0, source);
          if (before!.outputs.every((output) => graph.users(output).length === 0 && !graph.isOutput(output))) graph.remove(before!);
        }
        if (isIdentity(both)) return bypassed(graph, node) ? undefined : false;
        for (const [name, value] of attributes({ perm: both })) node.attributes.set(name, value);
        return undefined;
      },
    };
  },
};
