import { cutGraph } from '../onnx/cut.ts';
import type { Dim, Graph, Model, Node, ValueInfo } from '../onnx/graph.ts';
import { layerCosts } from '../ops/cost.ts';
import type { Shapes } from '../ops/infer.ts';

/** A model in up to three pieces that compute the same one after the other; `model` is what the accelerator gets. */
export interface Pieces {
  readonly pre?: Model;
  readonly model: Model;
  readonly post?: Model;
  /** Labels of the layers that went. */
  readonly before: readonly string[];
  readonly behind: readonly string[];
}

export interface CutRequest {
  readonly model: Model;
  readonly shapes: Shapes;
  /** Whether the accelerator leaves a node to the CPU. */
  isRefused(node: Node): boolean;
  readonly start: boolean;
  readonly end: boolean;
}

/** What follows a refused node may take this share of all multiply-adds: a 1×1 convolution in a decoder, no part of the network. What leads to one, nothing. */
const smallShare = 0.01;

/**
 * Cuts off what a board's CPU has to compute before the accelerator begins and after it has ended: refused nodes with all that leads to them,
 * or all that follows, as far as that is next to no work. Undefined where there is nothing to cut. Changes nothing in the model.
 */
export function cutModel({ model, shapes, isRefused, start, end }: CutRequest): Pieces | undefined {
  const { graph } = model;
  const macs = new Map(layerCosts(model, shapes).map(({ node, macs }) => [node, macs ?? 0]));
  const all = [...macs.values()].reduce((a, b) => a + b, 0);
  const nodes = graph.topologicalOrder().filter((node) => node.op !== 'Constant');
  const refused = nodes.filter(isRefused);
  const cost = (node: Node): number => macs.get(node) ?? 0;
  const behind = end ? closure(refused, { cost, most: all * smallShare }, (node) => readers(graph, node)) : new Set<Node>();
  const before = start
    ? closure(
        refused.filter((node) => !behind.has(node)),
        { cost, most: 0 },
        (node) => makers(graph, node),
      )
    : new Set<Node>();
  for (const node of behind) before.delete(node);
  const middle = nodes.filter((node) => !before.has(node) && !behind.has(node));
  if ((before.size === 0 && behind.size === 0) || !middle.some((node) => (macs.get(node) ?? 0) > 0)) return undefined;
  return parts(model, shapes, nodes, before, behind);
}

interface Walk {
  cost(node: Node): number;
  readonly most: number;
}

/** Everything that nodes lead to, of those from which it is next to no work. */
function closure(from: readonly Node[], { cost, most }: Walk, next: (node: Node) => Node[]): Set<Node> {
  const found = new Set<Node>();
  for (const first of from) {
    if (found.has(first)) continue;
    const own = new Set<Node>([first]);
    const open = [first];
    let work = 0;
    for (let node = open.pop(); node && work <= most; node = open.pop()) {
      work += cost(node);
      for (const other of next(node)) {
        if (own.has(other) || found.has(other)) continue;
        own.add(other);
        open.push(other);
      }
    }
    if (work <= most) for (const node of own) found.add(node);
  }
  return found;
}

const readers = (graph: Graph, node: Node): Node[] => node.outputs.flatMap((output) => graph.users(output).map((use) => use.node));

const makers = (graph: Graph, node: Node): Node[] =>
  graph.reads(node).flatMap((value) => {
    const maker = graph.producer(value);
    return maker && maker.op !== 'Constant' ? [maker] : [];
  });

function parts(model: Model, shapes: Shapes, nodes: readonly Node[], before: ReadonlySet<Node>, behind: ReadonlySet<Node>): Pieces {
  const { graph } = model;
  const place = (node: Node | undefined): number => (!node || before.has(node) ? 0 : behind.has(node) ? 2 : 1);
  const info = (value: string): ValueInfo => typed(graph, shapes, value);
  const made = (at: number): string[] =>
    nodes.filter((node) => place(node) === at).flatMap((node) => node.outputs.filter((value) => value !== ''));
  const isStored = (value: string): boolean => graph.constant(value) !== undefined;
  const read = (at: number): Set<string> =>
    new Set(nodes.filter((node) => place(node) === at).flatMap((node) => graph.reads(node).filter((value) => !isStored(value))));
  const piece = (at: number): Model | undefined => {
    const own = new Set(made(at));
    const later = [0, 1, 2].filter((other) => other > at).map(read);
    const outputs = [...own].filter((value) => graph.isOutput(value) || later.some((values) => values.has(value)));
    const inputs = [...read(at)].filter((value) => !own.has(value));
    return own.size === 0 ? undefined : cutGraph(model, inOrder(graph, inputs).map(info), inOrder(graph, outputs).map(info));
  };
  const [pre, middle, post] = [piece(0), piece(1), piece(2)];
  for (const each of [pre, middle, post]) if (each) for (const [key, value] of model.metadata) each.metadata.set(key, value);
  const labels = (set: ReadonlySet<Node>): string[] => nodes.filter((node) => set.has(node)).map(({ label }) => label);
  return { model: middle!, before: labels(before), behind: labels(behind), ...(pre ? { pre } : {}), ...(post ? { post } : {}) };
}

/** The model's own inputs and outputs first, as it lists them. */
function inOrder(graph: Graph, values: readonly string[]): string[] {
  const listed = [...graph.inputs, ...graph.outputs].map(({ name }) => name).filter((name) => values.includes(name));
  return [...new Set([...listed, ...values])];
}

function typed(graph: Graph, shapes: Shapes, name: string): ValueInfo {
  const declared = [...graph.inputs, ...graph.outputs].find((value) => value.name === name);
  const found = shapes.of(name);
  if (declared?.type || !found || found.container) return declared ?? { name };
  return { name, type: { kind: 'tensor', elementType: found.type, shape: found.shape?.map((dim): Dim => dim) } };
}
