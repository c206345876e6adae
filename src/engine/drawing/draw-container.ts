import type { Container } from '../containers/index.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import { categoryOfOperator } from './category.ts';
import { groupNodes } from './grouping/group.ts';

/** Characters of a name or title, nodes that are drawn. */
const longestText = 300;
const mostNodes = 50_000;

const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);

/** A file for a board as the graph view draws it: the nodes first, then the ends. */
export function drawContainer({ nodes: all, inputs, outputs, values, stored }: Container): DrawableGraph {
  const nodes = all.slice(0, mostNodes);
  const end = (kind: 'input' | 'output', name: string): DrawableGraph['nodes'][number] => ({ kind, category: 'end', title: cut(name), name: cut(name), lines: [], group: -1 }); // prettier-ignore
  const graph: DrawableGraph = {
    nodes: [
      ...nodes.map(({ name, op, category, inputs: from }) => {
        const weights = from.map((one) => stored.get(one)?.shape).find((shape) => shape && shape.length > 1);
        return {
          kind: 'operator' as const,
          category: category ?? categoryOfOperator(op),
          title: cut(op),
          name: cut(name),
          lines: weights ? [`W ${weights.slice(0, 8).join('×')}`] : [],
          group: -1,
        };
      }),
      ...inputs.map(({ name }) => end('input', name)),
      ...outputs.map(({ name }) => end('output', name)),
    ],
    edges: [],
    values: [],
    groups: [],
    notes: all.length > nodes.length ? [`${all.length - nodes.length} operators are more than can be drawn.`] : [],
  };
  const made = new Map<string, { node: number; output: number }>();
  inputs.forEach(({ name }, at) => made.set(name, { node: nodes.length + at, output: 0 }));
  nodes.forEach(({ outputs: names }, node) => names.forEach((name, output) => name !== '' && made.set(name, { node, output })));
  const valueOf = new Map<string, number>();
  const connect = (name: string, to: number, input: number): void => {
    const source = made.get(name);
    if (!source || source.node === to) return;
    const known = values.get(name);
    const value =
      valueOf.get(name) ?? graph.values.push({ name: cut(name), type: known?.type ?? 'unknown', shape: known?.shape ?? null }) - 1;
    valueOf.set(name, value);
    graph.edges.push({ from: source.node, to, value, output: source.output, input });
  };
  nodes.forEach(({ inputs: names }, to) => names.forEach((name, input) => connect(name, to, input)));
  outputs.forEach(({ name }, at) => connect(name, nodes.length + inputs.length + at, 0));
  groupNodes(graph, { nodes: nodes.map((_, id) => id), edges: graph.edges, parent: -1, likeness: (id) => `${nodes[id]!.op} ${graph.nodes[id]!.lines.join(' ')}` }); // prettier-ignore
  return graph;
}
