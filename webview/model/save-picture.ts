import type { GraphView } from '../graph/graph-view.ts';

export interface Picture {
  name: string;
  contents: string | Uint8Array;
  /** What a person should know of it. */
  remark?: string;
}

/** A picture of the whole graph as it is folded and coloured now. Throws Error where there is none to take. */
export async function pictureOf(graph: GraphView, model: string, form: 'svg' | 'png'): Promise<Picture> {
  const name = `${model.replace(/\.onnx$/i, '') || 'graph'}.${form}`;
  if (form === 'svg') return { name, contents: graph.svg() };
  const scale = graph.pngScale();
  const contents = new Uint8Array(await (await graph.png(scale)).arrayBuffer());
  if (scale >= 1) return { name, contents };
  const remark = `The PNG is ${Math.round(100 * scale)} % of life size, as large as a picture can be. An SVG has no such limit.`;
  return { name, contents, remark };
}
