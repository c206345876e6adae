import { attributes, Node, type Graph } from '../onnx/graph.ts';
import type { Shapes } from '../ops/infer.ts';
import { floatConstant, mergeInto, soleReader } from './edit.ts';
import { byChannel, linearLayer, scaleOutputs } from './linear.ts';
import type { Pass, SimplifyNote } from './pass.ts';

/**
 * Add, Sub and Mul with a constant that is one number per channel go into the Conv, ConvTranspose or Gemm before them. A MatMul of
 * two dimensions with an Add behind it becomes a Gemm, which has a bias.
 */
export const foldChannelArithmetic: Pass = {
  name: 'fold-channel-arithmetic',
  summary: 'puts the addition or multiplication of a constant per channel into the layer before it',
  apply({ graph, shapes }) {
    const notes: SimplifyNote[] = [];
    for (const node of graph.nodes.filter(({ op, domain }) => domain === '' && ['Add', 'Sub', 'Mul'].includes(op))) {
      const operands = constantAndOther(graph, node);
      const before = operands && graph.producer(operands.other);
      if (!before || soleReader(graph, operands.other) !== node) continue;
      const layer = node.op === 'Add' && before.op === 'MatMul' ? asGemm(graph, before, node, operands.constant, shapes()) : before;
      if (!layer || !folded(graph, layer, node, operands.constant)) continue;
      notes.push({ pass: this.name, layer: node.label, into: layer.label, message: `${node.op} of a constant folded into ${layer.label}` });
    }
    return notes;
  },
};

/** Sub counts only as value - constant. */
function constantAndOther(graph: Graph, node: Node): { constant: string; other: string } | undefined {
  const [a, b] = [node.inputs[0]!, node.inputs[1]!];
  if (graph.constant(b)) return { constant: b, other: a };
  return node.op !== 'Sub' && graph.constant(a) ? { constant: a, other: b } : undefined;
}

function folded(graph: Graph, before: Node, node: Node, constant: string): boolean {
  const layer = linearLayer(graph, before);
  const numbers = layer && byChannel(floatConstant(graph, constant), layer.weight.dims.length, layer.outputs);
  if (!layer || !numbers) return false;
  const all = (value: number): Float64Array => new Float64Array(layer.outputs).fill(value);
  const done =
    node.op === 'Mul'
      ? scaleOutputs(graph, layer, numbers, all(0))
      : scaleOutputs(graph, layer, all(1), node.op === 'Add' ? numbers : numbers.map((value) => -value));
  if (done) mergeInto(graph, before, node);
  return done;
}

/** Replaces a MatMul [·, K] × [K, N] whose sum with the constant stays [·, N] by a Gemm. */
function asGemm(graph: Graph, matmul: Node, add: Node, constant: string, shapes: Shapes): Node | undefined {
  const weight = graph.constant(matmul.inputs[1]!);
  const addend = graph.constant(constant);
  if (weight?.dims.length !== 2 || shapes.of(matmul.inputs[0]!)?.shape?.length !== 2 || !addend || addend.dims.length > 2) return undefined;
  if (addend.dims.length === 2 && addend.dims[0] !== 1) return undefined;
  if (![1, weight.dims[1]].includes(addend.dims.at(-1) ?? 1) || addend.type !== weight.type) return undefined;
  graph.remove(matmul);
  return graph.add(new Node(matmul.label, 'Gemm', matmul.inputs, matmul.outputs, attributes({})), { before: add });
}
