import type { Model } from '../../onnx/graph.ts';
import type { WidthFigures } from './figures.ts';

/**
 * Node data of Model Explorer (google-ai-edge/model-explorer, node_data_builder.py, ModelNodeData): by graph, then by node. Its ONNX
 * adapter calls graphs and nodes as the file does.
 */
export type ModelExplorerData = Record<
  string,
  {
    readonly results: Record<string, { readonly value: number }>;
    readonly gradient: readonly { readonly stop: number; readonly bgColor: string }[];
  }
>;

/** From bad to good: an even ramp that is safe for colour blindness (ColorBrewer YlOrBr, reversed). */
const [bad, middle, good] = ['#cc4c02', '#fec44f', '#ffffe5'] as const;

/** One width: the file holds one figure a node. Layers without a finite figure are left out. */
export function modelExplorerData({ layers, better }: WidthFigures, { graph }: Model): ModelExplorerData {
  const results: Record<string, { value: number }> = {};
  for (const { name, value } of layers) if (value !== null && Number.isFinite(value)) results[name] = { value };
  const colors = better === 'high' ? [bad, middle, good] : [good, middle, bad];
  return { [graph.name]: { results, gradient: colors.map((bgColor, i) => ({ stop: i / 2, bgColor })) } };
}
