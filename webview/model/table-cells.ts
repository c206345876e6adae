import { html, nothing, type TemplateResult } from 'lit';
import { bytes, count, shape, visible } from '../../src/protocol/format.ts';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import type { LayerView } from '../../src/protocol/view.ts';
import type { NodePaint } from '../graph/paint.ts';
import type { ShownOverlay } from '../overlays/overlay.ts';
import { swatch } from '../overlays/swatch.ts';
import { plural } from './words.ts';
import type { Outline, Row } from './outline.ts';

/** What the cells are filled from. */
export interface TableContent {
  graph: DrawableGraph;
  layers: readonly LayerView[];
  outline: Outline;
  overlay: ShownOverlay | undefined;
  paint: NodePaint | undefined;
  /** Largest figures of the whole model: what the bars are relative to. */
  largest: { parameters: number; macs: number };
}

/** Longer texts are cut in a row; their whole is in the side panel. */
const shownText = 300;
const text = (raw: string): string => visible(raw.length > shownText ? `${raw.slice(0, shownText)}…` : raw);

/** A row as it is drawn. */
export interface Cells {
  index: string;
  /** In full, though cut where it is very long. */
  fullName: string;
  /** In the tree without what the groups around it say already. */
  name: string;
  op: string;
  output: string;
  parameters: number;
  weightBytes: number;
  /** null: unknown while dimensions are free. */
  macs: number | null;
}

export function cellsOf({ node, group, depth }: Row, { graph, layers, outline }: TableContent): Cells {
  const layer = layers[node];
  if (layer) {
    const { index, name, op, outputShape, parameters, weightBytes, macs } = layer;
    const names = { fullName: text(name), name: text(depth > 0 ? nameInGroup(name, node, graph) : name) };
    return { index: String(index + 1), ...names, op: text(op), output: shape(outputShape), parameters, weightBytes, macs };
  }
  if (node >= 0) {
    const { kind, name, title } = graph.nodes[node]!;
    const op = kind === 'operator' ? text(title) : kind === 'input' ? 'Input' : 'Output';
    const output = endShape(node, graph);
    return { index: '', fullName: text(name), name: text(name), op, output, parameters: 0, weightBytes: 0, macs: 0 };
  }
  const { title, lines } = graph.groups[group]!;
  const name = text(title);
  return { index: '', fullName: name, name, op: text(lines[0] ?? ''), output: '', ...sums(outline.members(group), layers) };
}

/** "/layer1/0/conv1/Conv" in the group "0" of "layer1": "conv1/Conv"; "detect:/conv1/Conv" in that of the model "detect": "/conv1/Conv". */
function nameInGroup(name: string, node: number, { nodes, groups }: DrawableGraph): string {
  let group = nodes[node]!.group;
  while (group >= 0 && groups[group]!.kind !== 'scope' && groups[group]!.kind !== 'model') group = groups[group]!.parent;
  const { title, kind } = groups[group] ?? {};
  if (!title) return name;
  if (kind === 'model') return name.startsWith(`${title}:`) ? name.slice(title.length + 1) : name;
  const at = name.lastIndexOf(`${title}/`);
  const whole = at === 0 || (at > 0 && (name[at - 1] === '/' || name[at - 1] === ':'));
  return whole && at + title.length + 1 < name.length ? name.slice(at + title.length + 1) : name;
}

/** Shape of the value at an input or output of the graph. */
function endShape(node: number, { edges, values, nodes }: DrawableGraph): string {
  if (nodes[node]!.kind === 'operator') return '';
  const edge = edges.find(({ from, to }) => from === node || to === node);
  return edge ? shape(values[edge.value]?.shape ?? null) : '';
}

/** Sums over layers; multiply-adds are unknown where none is known. */
export function sums(
  nodes: readonly number[],
  layers: readonly LayerView[],
): { parameters: number; weightBytes: number; macs: number | null } {
  let [parameters, weightBytes, macs, known] = [0, 0, 0, false];
  for (const node of nodes) {
    const layer = layers[node];
    if (!layer) continue;
    parameters += layer.parameters;
    weightBytes += layer.weightBytes;
    macs += layer.macs ?? 0;
    known ||= layer.macs !== null;
  }
  return { parameters, weightBytes, macs: known ? macs : null };
}

export function figureCells(row: Row, cells: Cells, content: TableContent): TemplateResult {
  const { largest, overlay } = content;
  const { parameters, weightBytes, macs } = cells;
  const exact = parameters ? `${plural(parameters, 'parameter')}, ${bytes(weightBytes)}` : '';
  // Groups are sums: a bar of a sum beside bars of its parts would mislead.
  const isGroup = row.node < 0;
  return html`<span role="gridcell" class="parameters" title=${exact}>
      ${isGroup ? nothing : bar(parameters, largest.parameters)}${parameters ? count(parameters) : ''}
    </span>
    <span role="gridcell" class="macs" title=${macs === null ? 'Unknown while dimensions are free' : macs.toLocaleString('en')}>
      ${isGroup ? nothing : bar(macs ?? 0, largest.macs)}${macs === null ? '?' : macs ? count(macs) : ''}
    </span>
    ${overlay ? measuredCell(row, overlay, content) : nothing}`;
}

/** A line under a figure, as long as its share of the largest. */
const bar = (value: number, largest: number): TemplateResult | typeof nothing =>
  value > 0 ? html`<i class="bar" .style=${`width: calc((100% - 8px) * ${(value / largest).toFixed(4)})`}></i>` : nothing;

function measuredCell({ node, group }: Row, { view, notes }: ShownOverlay, { paint, outline }: TableContent): TemplateResult {
  const members = node < 0 ? outline.members(group) : undefined;
  const level = members ? paint?.groupLevel(members) : paint?.level(node);
  const figure = members ? paint?.groupText(members) : paint?.text(node);
  if (level === undefined || figure === undefined) return html`<span role="gridcell" class="measured" title="No figure"></span>`;
  const note = notes.get(node);
  const title = `${view.label}: ${figure}${note ? `. ${note}` : ''}`;
  return html`<span role="gridcell" class=${view.stale ? 'measured stale' : 'measured'} title=${visible(title)}>
    ${swatch(level)} ${visible(figure)}
  </span>`;
}
