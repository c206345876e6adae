import { LatheError } from '../base/errors.ts';
import { cloneNode, copyHeader } from './clone.ts';
import { shortName } from './decode-tensor.ts';
import { Graph, Model, type Node, type ValueInfo } from './graph.ts';

/**
 * The part of the main graph between some values as a model of its own: `inputs` become its inputs, `outputs` its outputs, and
 * everything in between comes along with its constants, which are shared. A name takes the type that the graph declares for it,
 * if any; a ValueInfo brings its own. Throws `graph.unknown-value` for a name that the graph does not have, and `graph.open-cut`
 * when the part depends on an input of the whole model that is not among `inputs`.
 */
export function cutGraph(model: Model, inputs: readonly (string | ValueInfo)[], outputs: readonly (string | ValueInfo)[]): Model {
  const { graph } = model;
  const part = new Graph();
  part.name = graph.name;
  part.inputs = inputs.map((value) => declared(model, value));
  part.outputs = outputs.map((value) => declared(model, value));
  const needed = neededParts(model, part);
  for (const node of graph.topologicalOrder()) {
    if (!needed.nodes.has(node)) continue;
    // A node with several outputs may make what is now an input: that output gets another name.
    const made = node.outputs.map((output) => (part.isInput(output) ? graph.uniqueName(output) : output));
    part.add(cloneNode(node, made));
  }
  for (const name of needed.values) {
    const tensor = graph.initializers.get(name);
    if (tensor) part.initializers.set(name, tensor);
    const info = graph.valueInfo.get(name);
    if (info && !part.isOutput(name)) part.valueInfo.set(name, info);
  }
  const cut = new Model(part);
  copyHeader(model, cut);
  return cut;
}

function declared({ graph, path }: Model, value: string | ValueInfo): ValueInfo {
  const name = typeof value === 'string' ? value : value.name;
  if (!graph.defines(name)) throw new LatheError('graph.unknown-value', `the graph has no value ${shortName(name)}`, { file: path });
  if (typeof value !== 'string') return value;
  const sameName = (info: ValueInfo): boolean => info.name === name;
  const known = graph.valueInfo.get(name) ?? graph.inputs.find(sameName) ?? graph.outputs.find(sameName);
  if (known) return known;
  const tensor = graph.initializers.get(name);
  return tensor ? { name, type: { kind: 'tensor', elementType: tensor.type, shape: tensor.dims } } : { name };
}

/** Walks back from the outputs to the inputs and constants. */
function neededParts({ graph, path }: Model, part: Graph): { readonly nodes: ReadonlySet<Node>; readonly values: ReadonlySet<string> } {
  const nodes = new Set<Node>();
  const values = new Set<string>();
  const waiting = part.outputs.map((output) => output.name);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (values.has(name) || part.isInput(name)) continue;
    values.add(name);
    const node = graph.producer(name);
    if (!node) {
      if (graph.initializers.has(name)) continue;
      const hint = 'Name it among the inputs of the part, or cut behind it.';
      throw new LatheError('graph.open-cut', `the part depends on ${shortName(name)}, an input of the whole model`, { file: path, hint });
    }
    if (nodes.has(node)) continue;
    nodes.add(node);
    waiting.push(...graph.reads(node));
  }
  return { nodes, values };
}
