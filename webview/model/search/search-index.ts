import type { DrawableGraph, DrawableNode } from '../../../src/protocol/drawable.ts';
import type { LayerView, ModelView, ViewShape } from '../../../src/protocol/view.ts';

/** What can be looked for in a graph, made ready once for each graph: texts in lower case, × as x. By the nodes' ids. */
export class SearchIndex {
  readonly size: number;
  readonly layers: readonly LayerView[];
  readonly names: readonly string[];
  readonly operators: readonly string[];
  /** Lines of the box and attributes, one beneath the other. */
  readonly attributes: readonly string[];
  /** Of what a node puts out: "1x64x56x56", several with a space between. */
  readonly shapes: readonly string[];
  /** "backbone/layer1": titles of the groups around it. */
  readonly groups: readonly string[];

  constructor(model: Pick<ModelView, 'layers'>, graph: DrawableGraph) {
    this.size = graph.nodes.length;
    this.layers = model.layers;
    this.names = graph.nodes.map(({ name }) => plain(name));
    this.operators = graph.nodes.map(({ kind, title }) => (kind === 'operator' ? plain(title) : kind));
    this.attributes = graph.nodes.map(attributesOf);
    this.shapes = shapesOf(model.layers, graph);
    const paths: string[] = [];
    for (const { title, parent } of graph.groups) paths.push(plain(parent < 0 ? title : `${paths[parent] ?? ''}/${title}`));
    this.groups = graph.nodes.map(({ group }) => paths[group] ?? '');
  }
}

/** As it is compared: whoever types "conv" or "3x3" means "Conv" and "3×3" as well. */
export const plain = (text: string): string => text.toLowerCase().replaceAll('×', 'x');

const attributesOf = ({ lines, attributes = '' }: DrawableNode): string => plain([...lines, attributes].join('\n'));

function shapesOf(layers: readonly LayerView[], graph: DrawableGraph): string[] {
  const shapes = graph.nodes.map((_, id) => {
    const shape = layers[id]?.outputShape;
    return shape ? new Set([text(shape)]) : new Set<string>();
  });
  for (const { from, to, value } of graph.edges) {
    const shape = graph.values[value]?.shape;
    if (!shape) continue;
    shapes[from]?.add(text(shape));
    if (graph.nodes[to]?.kind === 'output') shapes[to]?.add(text(shape));
  }
  return shapes.map((all) => [...all].join(' '));
}

const text = (shape: ViewShape): string => plain(shape.map((dim) => dim ?? '?').join('x'));
