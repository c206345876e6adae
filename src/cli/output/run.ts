import { boxesText, bytes, count, gateBoxesText } from '../../protocol/format.ts';
import type { Measurement } from '../../protocol/results/common.ts';
import type { RunDocument } from '../../protocol/results/run.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { difference, figure, interval, plainFigure, splitFacts, writtenFacts } from './figures.ts';
import { shownPath } from './paths.ts';
import { printResult } from './result.ts';
import type { Style } from './style.ts';
import { roundText } from './rounds.ts';
import { facts, visible } from './table.ts';
import { outcomeText } from './training.ts';

/** The end of a run: its document, and exit code 3 when a gate was missed. */
export function printRun(cli: Cli, command: string, options: CommonOptions, result: RunDocument): void {
  printResult(cli, command, options, result, (document, style) => runText(document, style, cli.cwd));
  if (result.gate && !result.gate.met) cli.exitCode = 3;
}

export function runText(document: RunDocument, style: Style, cwd: string): string {
  const shown = (file: string): string => shownPath(file, cwd);
  const notes = document.steps.flatMap((step) => step.notes ?? []);
  return facts(
    [
      ...modelFacts(document, style, shown),
      ...metricFacts(document, style),
      ...wayFacts(document),
      document.next && ['try', document.next.text],
      ...roundFacts(document),
      ...trainingFacts(document),
      ...notes.map((note): [string, string] => ['note', note]),
      document.notQuantized.length ? ['in float', floatLayers(document.notQuantized)] : undefined,
      ['time', timeText(document)],
      ['run', shown(document.run)],
      ['report', shown(document.report)],
    ],
    style,
  );
}

type Facts = ([string, string] | undefined)[];

/** What each round of pruning left; the first of a step is the model as it was. */
const roundFacts = ({ steps }: RunDocument): Facts =>
  steps.flatMap(({ rounds: [first, ...rounds] = [] }) =>
    first ? rounds.map((round): [string, string] => [`round ${round.round}`, roundText(round, first)]) : [],
  );

function modelFacts({ models }: RunDocument, style: Style, shown: (file: string) => string): Facts {
  const before = models.find((model) => model.role === 'input');
  const after = models.findLast((model) => model.role === 'output');
  if (!before || !after) return [];
  return [
    ['model', style.bold(shown(after.path))],
    ['size', `${bytes(before.bytes)} → ${style.bold(bytes(after.bytes))} file, ${bytes(after.packedBytes)} packed`],
    after.coded && [
      'zipped',
      `${before.coded ? `${bytes(before.coded.zippedBytes)} → ` : ''}${style.bold(bytes(after.coded.zippedBytes))}, ${bytes(after.coded.entropyBytes)} by the entropy of its weights`,
    ],
    after.coded && ['zeros', `${(100 * after.coded.zeros).toFixed(1)} % of the weights`],
    ['parameters', change(before.parameters, after.parameters)],
    before.macs !== null && after.macs !== null ? ['MACs', change(before.macs, after.macs)] : undefined,
  ];
}

function metricFacts({ metrics, latencyMs, gate }: RunDocument, style: Style): Facts {
  if (!metrics) return [];
  const { metric, unit, simulated, boxes } = metrics.after;
  const threads = latencyMs?.threads ?? 1;
  return [
    [metric, measured(metrics.before, metrics.after, style)],
    boxes && ['boxes', `${metrics.before.boxes ? `${boxesText(metrics.before.boxes)} → ` : ''}${style.bold(boxesText(boxes))}`],
    ...splitFacts(metrics.after),
    ...writtenFacts(metrics.after, '', style),
    simulated === undefined ? undefined : ['', style.dim(`in the arithmetic of ${simulated}, simulated`)],
    gate && ['gate', gateText(gate, unit, style)],
    latencyMs && [
      'latency',
      `${latencyMs.before.median.toFixed(2)} → ${style.bold(latencyMs.after.median.toFixed(2))} ms, median here with ${threads} thread${threads === 1 ? '' : 's'}`,
    ],
  ];
}

/** What a joint step was compared with, a line each; splits of the pictures behind. */
const wayFacts = ({ ways = [] }: RunDocument): [string, string][] =>
  ways.map(({ title, packedBytes, metrics: { metric, unit, value, boxes, splits = [] } }, i) => {
    const parts = splits.map((one) => `${one.split} ${one.boxes ? boxesText(one.boxes) : figure(one.value, unit)}`);
    const measure = `${metric} ${figure(value, unit)}${boxes ? `, ${boxesText(boxes)}` : ''}`;
    return [
      i === 0 ? 'compared' : '',
      `${visible(title)}: ${measure}${parts.length ? ` (${parts.join('; ')})` : ''}, ${bytes(packedBytes)} packed`,
    ];
  });

const trainingFacts = ({ steps }: RunDocument): [string, string][] =>
  steps.flatMap(({ step, training }) => (training ? [[step, outcomeText(training)] satisfies [string, string]] : []));

function floatLayers(layers: RunDocument['notQuantized']): string {
  const kinds = [...new Set(layers.map((layer) => layer.op))];
  return `${layers.length} layer${layers.length === 1 ? '' : 's'}: ${kinds.slice(0, 6).join(', ')}${kinds.length > 6 ? ' …' : ''}`;
}

function timeText({ steps, peakRssBytes, resumed }: RunDocument): string {
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  return `${seconds.toFixed(1)} s for the steps, at most ${bytes(peakRssBytes)} of memory${resumed ? ', resumed' : ''}`;
}

const change = (before: number, after: number): string => (before === after ? count(after) : `${count(before)} → ${count(after)}`);

/** "91.5 → 91.3 % (−0.2 points; 1000 samples, 95 % between 89.4 and 92.9)" */
function measured(before: Measurement, after: Measurement, style: Style): string {
  const { unit, value, samples, confidence } = after;
  const values = `${plainFigure(before.value, unit)} → ${style.bold(figure(value, unit))}`;
  return `${values} (${difference(value - before.value, unit)}; ${samples} samples, ${interval(confidence, unit)})`;
}

function gateText(gate: NonNullable<RunDocument['gate']>, unit: string, style: Style): string {
  const verdict = gate.met ? style.good('met') : style.bad('missed');
  return `${verdict}: lost ${figure(gate.measured, unit)}, allowed ${figure(gate.drop, unit)}${gateBoxesText(gate)}`;
}
