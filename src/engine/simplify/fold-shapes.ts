import { DataType } from '../onnx/data-type.ts';
import type { Dim, Graph, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Shapes } from '../ops/infer.ts';
import type { Pass, SimplifyNote } from './pass.ts';

/**
 * Shapes that a graph computes while it runs (Shape, Gather, Concat … up to a Reshape) become constants as far as they are known
 * beforehand. Where only the batch is free, a Reshape says so by 0 (copied from its input) or -1.
 */
export const foldShapes: Pass = {
  name: 'fold-shapes',
  summary: 'replaces shape arithmetic by the shapes it computes',
  apply({ graph, shapes }) {
    const notes: SimplifyNote[] = [];
    const known = shapes();
    for (const node of graph.nodes) {
      if (node.op === 'Constant') continue;
      const replaced = node.outputs.filter((output) => output !== '' && graph.users(output).length > 0 && fold(graph, node, output, known));
      if (replaced.length > 0) notes.push({ pass: this.name, layer: node.label, message: 'its result is known from the shapes' });
    }
    for (const node of graph.nodes.filter(({ op, domain }) => op === 'Reshape' && domain === '')) {
      if (simplifyTarget(graph, node, known))
        notes.push({ pass: this.name, layer: node.label, into: node.label, message: 'its target shape is known' });
    }
    return notes;
  },
};

function fold(graph: Graph, node: Node, output: string, known: Shapes): boolean {
  const value = known.of(output);
  const elements = value?.elements;
  if (!value?.shape || !elements || !elements.every((element) => typeof element === 'number')) return false;
  if (!value.shape.every((dim) => typeof dim === 'number')) return false;
  const tensor = integers(value.type, value.shape, elements);
  if (!tensor) return false;
  const name = graph.uniqueName(`${node.label}/value`);
  graph.initializers.set(name, tensor);
  graph.replaceUses(output, name);
  return true;
}

function integers(type: DataType, dims: readonly number[], elements: readonly number[]): Tensor | undefined {
  if (type === DataType.int64) return Tensor.int64(dims, elements);
  return type === DataType.int32 ? Tensor.of(type, dims, Int32Array.from(elements)) : undefined;
}

/** Writes a Reshape's computed target as a constant, where every free size in it is one of its input's or the only one. */
function simplifyTarget(graph: Graph, node: Node, known: Shapes): boolean {
  const target = node.inputs[1]!;
  const elements = known.of(target)?.elements;
  const input = known.of(node.inputs[0]!)?.shape;
  if (graph.constant(target) || !elements || !input || node.int('allowzero', 0) !== 0 || elements.includes(0)) return false;
  const written = elements.map((element, i): Dim => (typeof element === 'string' && element === input[i] ? 0 : element));
  const free = written.filter((element) => typeof element !== 'number');
  if (free.length > 1 || (free.length === 1 && written.includes(-1))) return false;
  const dims = written.map((element) => (typeof element === 'number' ? element : -1));
  const name = graph.uniqueName(`${node.label}/shape`);
  graph.initializers.set(name, Tensor.int64([dims.length], dims));
  graph.setInput(node, 1, name);
  return true;
}
