import { shape } from '../../src/protocol/format.ts';
import { shortened } from './text.ts';
import { visible } from '../../src/protocol/format.ts';
import type { Arranged } from './picture.ts';

/** A shape written beside the beginning of an edge, in units of the drawing. */
export interface EdgeLabel {
  edge: number;
  /** Left end of its base line. */
  x: number;
  y: number;
  text: string;
}

/** What flows along the edges: once for each value that leaves a box, however many read it. */
export function edgeLabels({ scene, layout }: Arranged, edges: readonly number[]): EdgeLabel[] {
  const { graph } = scene;
  const labels: EdgeLabel[] = [];
  const told = new Set<string>();
  for (const edge of edges) {
    const { from, edges: carried } = scene.edges[edge]!;
    const text = carriedText(graph.values, carried.map((id) => graph.edges[id]!.value)); // prettier-ignore
    if (text === '' || told.has(`${from} ${text}`)) continue;
    told.add(`${from} ${text}`);
    const start = layout.starts[edge]!;
    labels.push({ edge, x: layout.points[start]! + 6, y: layout.points[start + 1]! + 14, text });
  }
  return labels;
}

function carriedText(values: Arranged['scene']['graph']['values'], carried: readonly number[]): string {
  const all = [...new Set(carried)];
  const first = values[all[0]!]?.shape;
  if (!first) return all.length > 1 ? `${all.length} values` : '';
  const text = shortened(visible(shape(first)), 28);
  return all.length > 1 ? `${text} +${all.length - 1}` : text;
}
