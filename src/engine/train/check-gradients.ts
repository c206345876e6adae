import { missingGradients } from '../autodiff/differentiate.ts';
import { LatheError } from '../base/errors.ts';
import type { Graph, Model } from '../onnx/graph.ts';
import type { Parameter } from './parameters.ts';

/** Layers that a hint lists by name. */
const mostNamed = 6;

/**
 * Throws `training.no-gradient` where the gradient of a trained layer cannot pass a node, naming node and operator, with the `freeze` that makes it needless. Nothing is run or
 * built.
 */
export function checkGradients(model: Model, trained: readonly Parameter[]): void {
  const { graph } = model;
  const names = trained.map(({ name }) => name);
  const missing = new Map(
    graph.outputs.flatMap(({ name }) => missingGradients(model, names, name).map(({ node, op }) => [node, op] as const)),
  );
  const [first] = missing;
  if (!first) return;
  const [node, op] = first;
  const others = missing.size > 1 ? `, nor of ${missing.size - 1} more behind it` : '';
  const blocked = layersBefore(graph, new Set(missing.keys()), trained);
  throw new LatheError('training.no-gradient', `the gradient of ${op} is not known${others}`, {
    file: model.path,
    node,
    hint: adviceFor(blocked, trained),
  });
}

/** Trained layers that the nodes depend on, in the order of the graph. */
function layersBefore(graph: Graph, nodes: ReadonlySet<string>, trained: readonly Parameter[]): string[] {
  const open = graph.nodes.filter(({ label }) => nodes.has(label));
  const reached = new Set(open);
  for (let node = open.pop(); node; node = open.pop())
    for (const value of graph.reads(node)) {
      const producer = graph.producer(value);
      if (!producer || reached.has(producer)) continue;
      reached.add(producer);
      open.push(producer);
    }
  const labels = new Set([...reached].map(({ label }) => label));
  return [...new Set(trained.map(({ layer }) => layer))].filter((layer) => labels.has(layer));
}

function adviceFor(blocked: readonly string[], trained: readonly Parameter[]): string {
  const layers = new Set(trained.map(({ layer }) => layer));
  if (blocked.length === layers.size) return 'All layers with weights lie before it: end the model before this node, and train that.';
  const pattern = commonPattern(blocked, layers);
  if (pattern !== undefined) return `Freeze the layers before it: freeze: [${JSON.stringify(pattern)}].`;
  const named = blocked.slice(0, mostNamed).map((layer) => JSON.stringify(layer));
  const more = blocked.length > mostNamed ? `, and ${blocked.length - mostNamed} more` : '';
  return `Freeze the layers before it: freeze: [${named.join(', ')}${more}].`;
}

/** A pattern for these layers and no others; only where they are several. */
function commonPattern(wanted: readonly string[], layers: ReadonlySet<string>): string | undefined {
  const [first = '', ...others] = wanted;
  if (others.length === 0) return undefined;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  const prefix = first.slice(0, length);
  const matched = [...layers].filter((layer) => layer.startsWith(prefix));
  return prefix !== '' && matched.length === wanted.length ? `${prefix}*` : undefined;
}
