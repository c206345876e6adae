import { shape, visible } from '../../src/protocol/format.ts';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import type { Hit } from './hit.ts';
import { shortened } from './text.ts';
import type { Arranged, Looks } from './picture.ts';
import type { Scene } from './scene.ts';

const longName = 160;
const seen = (text: string): string => visible(shortened(text, longName));

/** Lines that explain what the pointer is on; none on the ground. */
export function hoverText(scene: Scene, looks: Looks, hit: Hit): string[] {
  if (hit.kind === 'ground') return [];
  if (hit.kind === 'edge') return edgeText(scene, hit.edge);
  const box = scene.boxes[hit.box]!;
  if (hit.fold) return [box.container ? `Fold ${box.title}` : `Unfold ${box.title}`];
  const figure = looks.text(hit.box);
  return [box.title, ...(box.name ? [seen(box.name)] : []), ...box.lines.slice(box.name ? 1 : 0), ...(figure ? [figure] : [])];
}

function edgeText({ graph, edges }: Scene, edge: number): string[] {
  const carried = [...new Set(edges[edge]!.edges.map((id) => graph.edges[id]!.value))];
  const lines = carried.slice(0, 4).flatMap((value) => valueText(graph, value));
  return carried.length > 4 ? [...lines, `and ${carried.length - 4} more values`] : lines;
}

function valueText({ values }: DrawableGraph, value: number): string[] {
  const { name, type, shape: dims } = values[value]!;
  return [seen(name), `${type} ${dims ? visible(shortened(shape(dims), 80)) : 'of unknown shape'}`];
}

/** What a screen reader says of a box. */
export function boxWords({ scene }: Arranged, looks: Looks, id: number): string {
  const box = scene.boxes[id]!;
  const count = (end: 'from' | 'to'): number => scene.edges.filter((edge) => edge[end] === id).length;
  const kind = box.kind === 'group' ? 'folded group ' : box.kind === 'operator' ? '' : `${box.kind} `;
  const gives = scene.edges.find(({ from }) => from === id);
  const shapes = gives && valueText(scene.graph, scene.graph.edges[gives.edges[0]!]!.value)[1];
  return [`${kind}${box.title}`, ...box.lines, looks.text(id), shapes && `gives ${shapes}`, `from ${count('to')}, to ${count('from')}`]
    .filter(Boolean)
    .join(', ');
}
