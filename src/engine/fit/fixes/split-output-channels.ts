import { Node, attributes } from '../../onnx/graph.ts';
import { linearLayer } from '../../simplify/linear.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';
import { copyRows } from '../rows.ts';
import { evenParts } from '../words.ts';
import { soleReader } from '../../simplify/edit.ts';
import { isPointwise } from '../rows.ts';

/** `split-channels` then reads the parts instead of the Concat, which goes. */
export const splitOutputChannels: Fix = {
  id: 'split-output-channels',
  title: 'Split the output channels',
  effect: 'exact',
  finds: 'Conv that makes more channels than a feature map may have, with the activations behind it, read by convolutions.',
  does: 'Convolutions that make parts of the channels, and a Concat of them.',
  source: 'output_channel ≤ 256 · channel parallelism (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const { graph, board } = scope;
    const outputs = isOp(node, 'Conv') && node.int('group', 1) === 1 ? (graph.constant(node.inputs[1] ?? '')?.dims[0] ?? 0) : 0;
    if (outputs <= board.channels || !isFloat32(scope, node.outputs[0]) || !linearLayer(graph, node)) return undefined;
    const activations: Node[] = [];
    let last = node;
    for (let next = soleReader(graph, last.outputs[0]!); isPointwise(graph, next); next = soleReader(graph, last.outputs[0]!)) {
      activations.push(next);
      last = next;
    }
    const result = last.outputs[0]!;
    const readers = graph.users(result);
    const taken = readers.length > 0 && !graph.isOutput(result) && readers.every(({ node: reader }) => isOp(reader, 'Conv', 'Concat'));
    if (!taken) return undefined;
    const sizes = evenParts(outputs, board.channels, board.channelParallel.output);
    return {
      nodes: [node.label],
      message: `${outputs} output channels become ${sizes.join(' + ')}`,
      apply() {
        let from = 0;
        const parts = sizes.map((size, i) => {
          from += size;
          return copyRows(graph, { conv: node, activations }, from - size, size, `rows${i}`);
        });
        graph.remove(node, ...activations);
        graph.add(new Node(last.label, 'Concat', parts, [result], attributes({ axis: 1 })));
        return undefined;
      },
    };
  },
};
