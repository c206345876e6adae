import path from 'node:path';
import { bytes } from '../../protocol/format.ts';
import type { CompareDocument, ComparedLayer, ComparedOutput, Figure } from '../../protocol/results.ts';

/** Rows of a table; the report and the command line have them all. */
const shownRows = 40;

/** A comparison as Markdown: worst layers first. */
export function comparisonText(result: CompareDocument): string {
  const [a, b] = result.inputs.map((file) => path.basename(file));
  const { added, removed, changed } = result.structure;
  const worst = [...result.layers].sort((x, y) => decibels(x) - decibels(y));
  return [
    `# ${escape(a ?? '')} and ${escape(b ?? '')}`,
    `File ${bytes(result.size.a)} → ${bytes(result.size.b)}. ${added.length} nodes added, ${removed.length} removed, ${changed.length} changed.`,
    result.samples ? `Measured on ${result.samples} pictures.` : 'No pictures: structure only.',
    ...(result.outputs.length ? ['## Outputs', table('Output', result.outputs, ({ name }) => [name])] : []),
    ...(worst.length ? ['## Layers, worst first', table('Layer | Operator', worst, ({ a: name, op }) => [name, op])] : []),
    ...(worst.length > shownRows ? [`${worst.length - shownRows} more: \`lathe compare --json\` lists all.`] : []),
    ...result.warnings.map((warning) => `- ${escape(warning)}`),
    '',
  ].join('\n\n');
}

type Row = Pick<ComparedLayer & ComparedOutput, 'sqnrDb' | 'equal' | 'cosine' | 'maxAbs'>;

function table<R extends Row>(head: string, rows: readonly R[], names: (row: R) => string[]): string {
  const columns = head.split('|').length;
  return [
    `| SQNR in dB | ${head} | Cosine | Largest difference |`,
    `| ---: |${' --- |'.repeat(columns)} ---: | ---: |`,
    ...rows.slice(0, shownRows).map((row) => {
      const sqnr = row.equal ? 'equal' : figure(row.sqnrDb, 1);
      return `| ${[sqnr, ...names(row).map(escape), figure(row.cosine, 5), figure(row.maxAbs, 4)].join(' | ')} |`;
    }),
  ].join('\n');
}

const decibels = (row: Row): number => (row.equal ? Infinity : (row.sqnrDb ?? Infinity));
const figure = (value: Figure | null, digits: number): string =>
  value === null ? '' : Number.isFinite(value) ? value.toFixed(digits) : String(value);
/** Names come from files: nothing in them is markup. */
const escape = (text: string): string => text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~&]/g, (sign) => `\\${sign}`);
