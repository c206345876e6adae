import { LatheError } from '../base/errors.ts';
import { encodeModel } from '../onnx/codec.ts';
import { DataType, dataTypeBits } from '../onnx/data-type.ts';
import { Graph, Model, type Node } from '../onnx/graph.ts';
import { Tensor, type NumericArray } from '../onnx/tensor.ts';
import { findOperator } from '../ops/index.ts';
import type { Shapes } from '../ops/infer.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import type { Pass, PassScope, SimplifyNote } from './pass.ts';

/** Most bytes of one computed constant, and of all that one call of the pass computes: a small file may ask for any size. */
const tensorLimit = 64 * 2 ** 20;
const totalLimit = 512 * 2 ** 20;

/** Kept as nodes although their inputs are constant: folding them would undo a quantization. */
const quantization = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear']);

/** Types that onnxruntime-node can hand back. */
const returned = new Set<DataType>([
  DataType.float32, DataType.float64, DataType.float16, DataType.int8, DataType.uint8, DataType.int16, DataType.uint16,
  DataType.int32, DataType.uint32, DataType.int64, DataType.uint64, DataType.bool,
]); // prettier-ignore

/** Computes what depends on constants alone, once and by ONNX Runtime, and keeps the result as an initializer. */
export const foldConstants: Pass = {
  name: 'fold-constants',
  summary: 'computes what depends on constants alone',
  async apply(scope) {
    const { graph } = scope;
    const notes = constantNodesToInitializers(graph);
    const nodes = foldableNodes(scope);
    const results = nodes.length === 0 ? new Map<string, RuntimeTensor>() : await computed(nodes, scope);
    // Readers before what they read, so that everything in between goes too.
    const gone = new Set<Node>();
    const isDone = (output: string): boolean => results.has(output) || graph.users(output).every((use) => gone.has(use.node));
    for (const node of nodes.reverse()) if (node.outputs.every(isDone)) gone.add(node);
    graph.remove(...gone);
    for (const node of gone) {
      for (const output of node.outputs) {
        const result = results.get(output);
        if (result) graph.initializers.set(output, Tensor.of(result.type, result.dims, result.data as NumericArray));
      }
      notes.push({ pass: this.name, layer: node.label, message: 'depends on constants alone: computed once' });
    }
    return notes;
  },
};

/** A Constant with a tensor needs no computing; other forms (value_float …) are computed with the rest. */
function constantNodesToInitializers(graph: Graph): SimplifyNote[] {
  const found = graph.nodes.filter(
    (node) => node.op === 'Constant' && node.domain === '' && node.tensor('value') && !graph.isOutput(node.outputs[0]!),
  );
  graph.remove(...found);
  for (const node of found) graph.initializers.set(node.outputs[0]!, node.tensor('value')!);
  return found.map((node) => ({ pass: foldConstants.name, layer: node.label, message: 'constant kept as an initializer' }));
}

/** In execution order, so that a node may depend on the ones before it. */
function foldableNodes({ model, graph, shapes }: PassScope): Node[] {
  const known = new Set(graph.initializers.keys());
  for (const [name, tensor] of graph.initializers) if (graph.isInput(name) || tensor.source.kind !== 'bytes') known.delete(name);
  const nodes: Node[] = [];
  let total = 0;
  let inferred: Shapes | undefined;
  for (const node of graph.topologicalOrder()) {
    const record = findOperator(node, model);
    if (!record || record.nondeterministic || quantization.has(node.op) || node.graphs().length > 0) continue;
    if (!node.inputs.every((input) => input === '' || known.has(input)) || node.outputs.some((output) => graph.isOutput(output))) continue;
    inferred ??= shapes();
    const bytes = node.outputs.reduce((sum, output) => sum + (output === '' ? 0 : bytesOf(inferred!, output)), 0);
    if (!(bytes <= tensorLimit) || total + bytes > totalLimit) continue;
    total += bytes;
    nodes.push(node);
    for (const output of node.outputs) known.add(output);
  }
  return nodes;
}

/** Infinity where size or type are unknown or cannot come back from the runtime. */
function bytesOf(shapes: Shapes, value: string): number {
  const known = shapes.of(value);
  if (!known?.shape || !returned.has(known.type)) return Infinity;
  return known.shape.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : Infinity), dataTypeBits(known.type)! / 8);
}

/** Values that other nodes read, computed all together or, where that fails, node by node; what cannot be computed is left out. */
async function computed(nodes: readonly Node[], scope: PassScope): Promise<Map<string, RuntimeTensor>> {
  const { graph, context } = scope;
  const inside = new Set(nodes);
  const wanted = nodes.flatMap(({ outputs }) => outputs).filter((output) => graph.users(output).some(({ node }) => !inside.has(node)));
  try {
    return await run(nodes, wanted, new Map(), scope);
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    context.logger.debug(`constants are computed one by one: ${error.message}`);
  }
  const results = new Map<string, RuntimeTensor>();
  for (const node of nodes) {
    const outputs = node.outputs.filter((output) => graph.users(output).length > 0);
    try {
      for (const [name, value] of await run([node], outputs, results, scope)) results.set(name, value);
    } catch (error) {
      if (!(error instanceof LatheError)) throw error;
      context.logger.debug(`${node.label} is not computed beforehand: ${error.message}`);
    }
  }
  return results;
}

/** A model of nothing but these nodes and the constants they read. */
async function run(
  nodes: readonly Node[],
  outputs: readonly string[],
  earlier: ReadonlyMap<string, RuntimeTensor>,
  scope: PassScope,
): Promise<Map<string, RuntimeTensor>> {
  if (outputs.length === 0) return new Map();
  const part = new Model(new Graph());
  part.irVersion = Math.max(4, scope.model.irVersion);
  for (const [domain, version] of scope.model.opsets) part.opsets.set(domain, version);
  for (const node of nodes) {
    part.graph.add(node);
    for (const input of node.inputs) {
      const value = earlier.get(input);
      const tensor = value ? Tensor.of(value.type, value.dims, value.data as NumericArray) : scope.graph.initializers.get(input);
      if (tensor) part.graph.initializers.set(input, tensor);
    }
  }
  part.graph.outputs = outputs.map((name) => ({ name }));
  const session = await scope.runtime.load(encodeModel(part), { optimize: 'none', threads: scope.context.threads });
  try {
    return new Map(Object.entries(await session.run({}, outputs)));
  } finally {
    await session.dispose();
  }
}
