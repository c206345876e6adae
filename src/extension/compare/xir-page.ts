import type { CompareDocument, ComparedPositions, ComparedXir } from '../../protocol/results/compare.ts';
import { visible } from '../../protocol/format.ts';

/** Rows that a page can show without becoming slow. */
const mostRows = 5000;
const shownText = 120;

/** A comparison of a model with its `.xmodel` as a page of Markdown. Names are as in the files, escaped. */
export function xirComparisonPage(
  document: CompareDocument & { xir: ComparedXir },
  names: { readonly a: string; readonly b: string },
): string {
  const { xir, layers, outputs, samples, warnings } = document;
  const errors = new Map(layers.map((layer) => [layer.a, layer]));
  const measured = outputs.length > 0;
  const rows = xir.nodes.slice(0, mostRows).map((node) => {
    const error = errors.get(node.node);
    const cells = [text(node.node), text(node.op), became(node), text(node.device ?? ''), positions(node.result), positions(node.weights)];
    return measured ? [...cells, error ? decibels(error.sqnrDb) : ''] : cells;
  });
  const heads = ['Node', 'Operator', 'Became', 'On', 'Fix position', 'Of weights', ...(measured ? ['SQNR'] : [])];
  const count = (fate: string): number => xir.nodes.filter((node) => node.became === fate).length;
  const facts = [
    `${count('same')} of ${xir.nodes.length} nodes are operators of their own, ${count('fused')} part of another, ${count('folded')} folded away, ${count('gone')} not found.`,
    xir.differing === 0 ? 'No position differs.' : `**${xir.differing} nodes have other positions in the .xmodel.**`,
    measured ? (samples ? `Numbers over ${samples} pictures.` : 'Numbers of one random picture.') : '',
    ...warnings.map(text),
  ].filter(Boolean);
  return [
    `# ${text(names.a)} and ${text(names.b)}`,
    facts.join('  \n'),
    ...(measured ? [table(['Output', 'SQNR', 'Cosine', 'Largest error'], outputs.map(({ name, sqnrDb, cosine, maxAbs }) => [text(name), decibels(sqnrDb), cosine.toFixed(5), maxAbs.toPrecision(3)]))] : []),
    table(heads, rows),
    ...(xir.nodes.length > mostRows ? [`… and ${xir.nodes.length - mostRows} more nodes`] : []),
    ...(xir.added.length ? ['## Added', table(['Operator', 'Type', 'On'], xir.added.slice(0, mostRows).map(({ name, type, device }) => [text(name), text(type), text(device ?? '')]))] : []),
  ].join('\n\n'); // prettier-ignore
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const decibels = (value: number | null): string => (value === null ? 'equal' : `${value.toFixed(1)} dB`);

function became({ became: fate, type, xir }: ComparedXir['nodes'][number]): string {
  if (fate === 'same') return text(type ?? '');
  return xir === undefined ? fate : `${fate} into ${text(type ?? '')}`;
}

function positions(given: ComparedPositions | undefined): string {
  if (!given) return '';
  const { onnx, xir } = given;
  return onnx !== undefined && xir !== undefined && onnx !== xir ? `**${onnx} → ${xir}**` : String(xir ?? onnx ?? '');
}

/** As it stands in the file: nothing of it is Markdown or HTML. */
function text(name: string): string {
  const cut = name.length > shownText ? `${name.slice(0, shownText)}…` : name;
  return visible(cut).replace(/[\\`*_{}[\]<>()#+\-!|~&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
