import path from 'node:path';
import type * as vscode from 'vscode';
import { readRecord } from '../../engine/pipeline/index.ts';
import { bytes } from '../../protocol/format.ts';
import type { CompareJob, DataRequest } from '../../protocol/job.ts';
import type { CompareDocument, ComparedLayer, ComparedOutput, Figure } from '../../protocol/results.ts';
import type { Host } from '../host.ts';
import { pickFile, pickModel } from '../pick-file.ts';
import type { TextViews } from '../text-views.ts';

/** Rows of a table; the report and the command line have them all. */
const shownRows = 40;

/**
 * Compares two models, layer by layer where there are pictures: those of the run that made the second one, when one did. Resolves
 * when the result is on the screen.
 */
export async function compareModels(
  host: Host,
  texts: TextViews,
  given: vscode.Uri | undefined,
  known: { other?: vscode.Uri; run?: string } = {},
): Promise<void> {
  const a = await pickModel(given, 'Compare which model?');
  const b = a && (known.other ?? (await pickFile('**/*.onnx', `Compare ${path.basename(a.fsPath)} with?`, a)));
  if (!a || !b) return;
  const data = await dataOfRun(known.run ?? runFolderOf(b.fsPath));
  const title = `${path.basename(a.fsPath)} and ${path.basename(b.fsPath)}`;
  const job: CompareJob = { kind: 'compare', a: a.fsPath, b: b.fsPath, seed: data?.seed ?? 0, ...(data ? { data: data.request } : {}) };
  await texts.show(`Comparison of ${title}`, comparisonText(await host.jobs.run(`Compare ${title}`, job)));
}

/** A model in `<run>/models/` belongs to a run. */
function runFolderOf(model: string): string | undefined {
  const folder = path.dirname(model);
  return path.basename(folder) === 'models' ? path.dirname(folder) : undefined;
}

/** The calibration pictures of a run: the ones whose values were quantized. */
async function dataOfRun(folder: string | undefined): Promise<{ request: DataRequest; seed: number } | undefined> {
  const recipe = folder === undefined ? undefined : (await readRecord(folder))?.recipe;
  const source = recipe?.data.calibration ?? recipe?.data.test;
  return recipe && source ? { request: { source, folder: recipe.folder, input: recipe.data.input }, seed: recipe.seed } : undefined;
}

/** Markdown: worst layers first. */
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
    `| ${head} | SQNR in dB | Cosine | Largest difference |`,
    `|${' --- |'.repeat(columns)} ---: | ---: | ---: |`,
    ...rows
      .slice(0, shownRows)
      .map(
        (row) =>
          `| ${[...names(row).map(escape), row.equal ? 'equal' : figure(row.sqnrDb, 1), figure(row.cosine, 5), figure(row.maxAbs, 4)].join(' | ')} |`,
      ),
  ].join('\n');
}

const decibels = (row: Row): number => (row.equal ? Infinity : (row.sqnrDb ?? Infinity));
const figure = (value: Figure | null, digits: number): string =>
  value === null ? '' : Number.isFinite(value) ? value.toFixed(digits) : String(value);
/** Names come from files: nothing in them is markup. */
const escape = (text: string): string => text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~&]/g, (sign) => `\\${sign}`);
