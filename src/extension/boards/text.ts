import { pathToFileURL } from 'node:url';
import { bytes, count, shortNumber, visible } from '../../protocol/format.ts';
import type { Measurement } from '../../protocol/results/common.ts';
import type {
  CheckDocument,
  CompileDocument,
  DeployDocument,
  OutputsMatch,
  PlannedCommand,
  ToolFinding,
} from '../../protocol/results/board.ts';
import type { ChainThroughput } from '../../protocol/results/chain.ts';
import { metricName } from '../jobs/wording.ts';
import { chainLines, throughputLines } from './chain-text.ts';
import { bold, dim, green, plain, red, yellow } from './paint.ts';

/** Documents of boards as lines for a terminal. Names and what tools said are foreign text: seen, never obeyed. */

export { bold, dim, green, plain, red, yellow };

/** A file that a click opens, shown as `shown`. */
export const fileLink = (file: string, shown = file): string =>
  `\u001b]8;;${pathToFileURL(file).href}\u0007${plain(shown)}\u001b]8;;\u0007`;

const marks: Readonly<Record<ToolFinding['severity'], string>> = { error: red('error'), warning: yellow('warning'), info: dim('note') };

/** "warning XCOM_… /conv1: it is too large — cut it". */
export function findingLine({ severity, code, layer, node, message, hint }: ToolFinding): string {
  const about = layer ?? node;
  const parts = [marks[severity], code && bold(plain(code)), about === undefined ? undefined : `${bold(plain(about))}:`, plain(message)];
  return `${parts.filter(Boolean).join(' ')}${hint === undefined ? '' : ` — ${plain(hint)}`}`;
}

/** What would be run, each command under what it is for, as it would be typed. */
export const planLines = (plan: readonly PlannedCommand[]): string[] =>
  plan.flatMap(({ title, where, text }) => [
    `${plain(title)}${where === 'here' ? '' : dim(` on ${plain(where)}`)}`,
    ...text
      .slice(0, 20_000)
      .split(/\r?\n/)
      .map((line) => `  ${dim('$')} ${visible(line)}`),
  ]);

/** Layers that do not run on the accelerator, as many as fit a screen, and what becomes of the model. */
export function checkLines(
  { title, nodes, subgraphs, transfers, quantization, macs, warnings, chain }: CheckDocument,
  model: string,
): string[] {
  const refused = nodes.filter(({ verdict }) => verdict === 'no');
  const unsure = nodes.filter(({ verdict }) => verdict === 'if');
  const rows = [...refused, ...unsure].slice(0, mostRows).map(({ name, op, verdict, reason, fix }) => {
    const mark = verdict === 'no' ? red('no') : yellow('if');
    return `  ${mark}  ${bold(plain(name))} ${dim(plain(op))}: ${plain(reason)}${fix === undefined ? '' : ` — ${plain(fix)}`}`;
  });
  const left = refused.length + unsure.length - rows.length;
  const wrong = quantization.slice(0, mostRows).map(({ node, message }) => `  ${red('scale')}  ${bold(plain(node))}: ${plain(message)}`);
  return [
    `${bold(plain(title))}: ${checkSummary({ nodes, subgraphs, transfers, macs })}`,
    fileLink(model),
    ...rows,
    ...(left > 0 ? [dim(`  and ${left} more: lathe check lists all`)] : []),
    ...wrong,
    ...(quantization.length > wrong.length ? [dim(`  and ${quantization.length - wrong.length} more scales`)] : []),
    ...warnings.map((warning) => `${yellow('warning')} ${plain(warning)}`),
    ...(chain ? chainLines(chain) : []),
  ];
}

const mostRows = 40;

/** "21 of 24 layers on the DPU (98 % of the multiply-adds), 3 sub-graphs, 2 transfers". */
export function checkSummary({
  nodes,
  subgraphs,
  transfers,
  macs,
}: Pick<CheckDocument, 'nodes' | 'subgraphs' | 'transfers' | 'macs'>): string {
  const on = nodes.filter(({ verdict }) => verdict !== 'no');
  const device = on[0]?.device;
  const share =
    macs.accelerator !== null && macs.all ? ` (${shortNumber((macs.accelerator / macs.all) * 100)} % of the multiply-adds)` : '';
  const where = device === undefined ? 'no layer on the accelerator' : `${on.length} of ${number(nodes, 'layer')} on the ${plain(device)}`;
  return `${where}${share}, ${number(subgraphs, 'sub-graph')}${transfers.length ? `, ${number(transfers, 'transfer')}` : ''}`;
}

const number = ({ length }: readonly unknown[], what: string): string => `${length} ${what}${length === 1 ? '' : 's'}`;

export function compileLines(document: CompileDocument, dryRun: boolean): string[] {
  const { output, plan, findings, onCpu = [], warnings, notes, missing, files, log } = document;
  const said = notes.map((note) => dim(plain(note)));
  if (dryRun) {
    return [
      ...said,
      ...files.map(({ path: file, text }) => `${dim('writes')} ${plain(file)} ${dim(`(${bytes(Buffer.byteLength(text))})`)}`),
      ...planLines(plan),
      ...missing.map(({ what, advice }) => `${yellow('missing')} ${bold(plain(what))}: ${plain(advice)}`),
      ...findings.map(findingLine),
      ...warnings.map((one) => `${yellow('warning')} ${plain(one)}`),
    ];
  }
  return [
    ...said,
    ...findings.map(findingLine),
    ...onCpu.slice(0, mostRows).map(({ node, layer, op, reason }) => {
      return `  ${yellow('CPU')}  ${bold(plain(layer ?? node))} ${dim(plain(op))}${reason === undefined ? '' : `: ${plain(reason)}`}`;
    }),
    ...warnings.map((one) => `${yellow('warning')} ${plain(one)}`),
    ...(log === undefined ? [] : [`${dim('log')} ${fileLink(log)}`]),
    `${green('compiled')} ${fileLink(output.path)}, ${compileSummary(document)}`,
  ];
}

/** "zcu104: 0.31 MB · 1 DPU sub-graph of 3 · 12 s". */
export function compileSummary({ output, subgraphs, seconds }: CompileDocument): string {
  const parts = [bytes(output.bytes)];
  if (subgraphs) parts.push(`${subgraphs.accelerator} of ${subgraphs.total} sub-graphs on the accelerator`);
  return [...parts, `${shortNumber(seconds)} s`].join(' · ');
}

const stepMarks: Readonly<Record<string, string>> = { done: green('✓'), failed: red('✗'), skipped: dim('○'), planned: dim('·') };

export function deployLines(document: DeployDocument, dryRun: boolean): string[] {
  const { target, host, board, steps, plan, findings, warnings, model, error } = document;
  const head = `${bold(plain(target))}${host === null ? dim(' (no host: planned only)') : ` on ${plain(host)}`}`;
  const told = steps.map(({ title, state, seconds, detail }) => {
    const time = seconds === undefined ? '' : dim(` ${shortNumber(seconds)} s`);
    return `  ${stepMarks[state] ?? '·'} ${plain(title)}${time}${detail === undefined ? '' : dim(` — ${plain(detail)}`)}`;
  });
  const planned = dryRun || host === null;
  return [
    head,
    ...(model.path === '' ? [] : [`  ${fileLink(model.path)}${model.bytes ? `, ${bytes(model.bytes)}` : ''}`]),
    ...(planned ? planLines(plan).map((line) => `  ${line}`) : told),
    ...findings.map((finding) => `  ${findingLine(finding)}`),
    ...figureLines(document).map((line) => `  ${line}`),
    ...chainPart(document).map((line) => `  ${line}`),
    ...(board === undefined ? [] : [`  ${dim(plain(board))}`]),
    ...warnings.map((one) => `  ${yellow('warning')} ${plain(one)}`),
    ...(error ? [`  ${red(plain(error.message))}${error.hint === undefined ? '' : ` — ${plain(error.hint)}`}`] : []),
  ];
}

/** Of several models: what they got through, else how they would run. */
const chainPart = ({ chain }: DeployDocument): string[] =>
  chain ? (chain.measured ? throughputLines(chain.measured) : chainLines(chain.plan)) : [];

function figureLines({ latencyMs, fps = [], power, metrics, outputsMatch }: DeployDocument): string[] {
  const rows: [string, string][] = [];
  if (latencyMs)
    rows.push(['Latency', `${shortNumber(latencyMs.median)} ms median, ${shortNumber(latencyMs.p90)} ms p90 (${latencyMs.runs} runs)`]);
  for (const { threads, fps: value } of fps)
    rows.push(['Throughput', `${shortNumber(value)} pictures/s with ${threads} thread${threads === 1 ? '' : 's'}`]);
  if (power) {
    const joules = power.joulesPerPicture === undefined ? '' : `, ${shortNumber(power.joulesPerPicture * 1000)} mJ a picture`;
    rows.push(['Power', `${shortNumber(power.watts)} W, idle ${shortNumber(power.idleWatts)} W${joules} (${plain(power.source)})`]);
  }
  const stages = Object.entries({ float: metrics?.float, simulated: metrics?.simulated, board: metrics?.board });
  for (const [stage, measured] of stages) if (measured) rows.push([stageNames[stage]!, measuredText(measured)]);
  if (outputsMatch) rows.push(['Outputs', matchText(outputsMatch)]);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}

const stageNames: Readonly<Record<string, string>> = { float: 'Float', simulated: 'Simulated', board: 'Board' };

const measuredText = ({ metric, value, unit, samples }: Measurement): string =>
  `${metricName(plain(metric))} ${figure(value, unit)} (${samples} pictures)`;

const figure = (value: number, unit: string): string =>
  `${Number.isFinite(value) ? value.toFixed(unit === '' ? 3 : 1) : String(value)}${unit ? ` ${unit}` : ''}`;

/** "the same as simulated (64 pictures)", "99.8 % the same as simulated, largest difference 2 steps (64 pictures)". */
export function matchText({ pictures, elements, equal, maxAbs, maxSteps }: OutputsMatch): string {
  const of = `(${pictures} picture${pictures === 1 ? '' : 's'}, ${count(elements)} values)`;
  if (equal === elements) return `the same as simulated ${of}`;
  const most = maxSteps === undefined ? shortNumber(maxAbs) : `${shortNumber(maxSteps)} step${maxSteps === 1 ? '' : 's'}`;
  return `${shortNumber(elements ? (equal / elements) * 100 : 0)} % the same as simulated, largest difference ${most} ${of}`;
}

/** What was measured on a board, of a job or of a run's folder. */
interface Measured {
  readonly target: string;
  readonly latencyMs?: { readonly median: number };
  readonly fps?: readonly { readonly fps: number }[];
  readonly power?: { readonly watts: number };
  /** Of a chain: of a run's folder, or of a job. */
  readonly chain?: ChainThroughput | { readonly measured?: ChainThroughput };
  readonly metrics?: {
    readonly board?: { readonly value: number; readonly unit: string };
    readonly simulated?: { readonly value: number };
  };
}

/** "zcu104: 2.1 ms · 690 FPS · 91.2 % (simulated 91.2)". Empty where nothing was measured. */
export function deploySummary({ target, latencyMs, fps, power, metrics, chain }: Measured): string {
  const best = fps?.length ? Math.max(...fps.map((one) => one.fps)) : undefined;
  const { board, simulated } = metrics ?? {};
  const measured = chain && 'ways' in chain ? chain : chain?.measured;
  const pipelined = measured?.ways.find(({ way }) => way === 'pipelined');
  const parts = [
    latencyMs && `${shortNumber(latencyMs.median)} ms`,
    best !== undefined && `${shortNumber(best)} FPS`,
    pipelined && `${shortNumber(pipelined.fps)} FPS pipelined`,
    power && `${shortNumber(power.watts)} W`,
    board &&
      figure(board.value, board.unit) + (simulated ? ` (simulated ${figure(simulated.value, board.unit).replace(/ \S+$/, '')})` : ''),
  ].filter(Boolean);
  return parts.length ? `${plain(target)}: ${parts.join(' · ')}` : '';
}
