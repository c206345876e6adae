import type { Graph, Node } from '../onnx/graph.ts';
import type { Shapes } from '../ops/infer.ts';
import { constantIntegers } from './edit.ts';
import type { Pass, PassScope, SimplifyNote } from './pass.ts';

/** Nodes that hand their input on as it is: Identity, Dropout at inference, and operators whose settings leave nothing to do. */
export const removeNoOps: Pass = {
  name: 'remove-no-ops',
  summary: 'removes Identity, Dropout and other nodes that change nothing',
  apply(scope) {
    const { graph } = scope;
    const notes: SimplifyNote[] = [];
    for (const node of [...graph.nodes]) {
      if (node.domain !== '' || !changesNothing(node, scope)) continue;
      const label = node.label;
      if (bypassed(graph, node)) notes.push({ pass: this.name, layer: label, message: `${node.op} changes nothing` });
    }
    return notes;
  },
};

function changesNothing(node: Node, { graph, shapes }: PassScope): boolean {
  switch (node.op) {
    case 'Identity':
      return true;
    case 'Dropout':
      return dropsNothing(graph, node);
    case 'Concat':
    case 'Sum':
    case 'Max':
    case 'Min':
    case 'Mean':
      return node.inputs.length === 1;
    case 'Cast':
      return shapes().of(node.inputs[0]!)?.type === node.int('to');
    case 'Transpose':
      return node.ints('perm')?.every((axis, i) => axis === i) ?? false;
    case 'Pad':
      return (
        (node.ints('pads') ?? (node.inputs[1] ? constantIntegers(graph, node.inputs[1]) : undefined))?.every((pad) => pad === 0) ?? false
      );
    case 'Flatten':
    case 'Reshape':
    case 'Expand':
      return keepsShape(node, shapes());
    default:
      return false;
  }
}

/** Without the training input, which no exporter sets for inference, a Dropout hands its input on. Its mask must not be read. */
function dropsNothing(graph: Graph, node: Node): boolean {
  const mask = node.outputs[1];
  if (mask && (graph.users(mask).length > 0 || graph.isOutput(mask))) return false;
  const training = constantIntegers(graph, node.inputs[2], [0]);
  return training?.[0] === 0;
}

function keepsShape(node: Node, shapes: Shapes): boolean {
  const [before, after] = [shapes.of(node.inputs[0]!)?.shape, shapes.of(node.outputs[0]!)?.shape];
  if (!before || !after || before.length !== after.length) return false;
  return before.every((dim, axis) => dim !== null && dim === after[axis]);
}

/** Connects what stands before the node with what stands behind it; false where a graph's input or constant would become its output. */
export function bypassed(graph: Graph, node: Node): boolean {
  const [input, output] = [node.inputs[0]!, node.outputs[0]!];
  if (!graph.isOutput(output)) {
    graph.replaceUses(output, input);
    graph.remove(node);
    return true;
  }
  const producer = graph.producer(input);
  if (!producer || graph.isOutput(input)) return false;
  producer.name = producer.label;
  graph.remove(node);
  graph.setOutput(producer, producer.outputs.indexOf(input), output);
  graph.replaceUses(input, output);
  graph.valueInfo.delete(input);
  return true;
}
