import path from 'node:path';
import { bytes, count } from '../../protocol/format.ts';
import type { Measurement, RunDocument } from '../../protocol/results.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { difference, figure, interval, plainFigure } from './figures.ts';
import { printResult } from './result.ts';
import type { Style } from './style.ts';
import { facts } from './table.ts';

/** The end of a run: its document, and exit code 3 when a gate was missed. */
export function printRun(cli: Cli, command: string, options: CommonOptions, result: RunDocument): void {
  printResult(cli, command, options, result, (document, style) => text(document, style, cli.cwd));
  if (result.gate && !result.gate.met) cli.exitCode = 3;
}

function text(document: RunDocument, style: Style, cwd: string): string {
  const shown = (file: string): string => path.relative(cwd, file) || '.';
  const before = document.models.find((model) => model.role === 'input');
  const after = document.models.findLast((model) => model.role === 'output');
  const { metrics, gate, notQuantized } = document;
  const written = metrics?.after.asWritten;
  return facts(
    [
      after && ['model', style.bold(shown(after.path))],
      before && after && ['size', `${bytes(before.bytes)} → ${style.bold(bytes(after.bytes))} file, ${bytes(after.packedBytes)} packed`],
      before && after && ['parameters', change(before.parameters, after.parameters)],
      before && after && before.macs !== null && after.macs !== null ? ['MACs', change(before.macs, after.macs)] : undefined,
      metrics && [metrics.after.metric, `${measured(metrics.before, metrics.after, style)}`],
      metrics &&
        written && [
          '',
          style.warn(`${figure(written.value, metrics.after.unit)} with the runtime's fusions off: this CPU's kernels answer differently`),
        ],
      gate && ['gate', gateText(gate, metrics?.after.unit ?? '', style)],
      notQuantized.length
        ? ['in float', `${notQuantized.length} layers: ${[...new Set(notQuantized.map((layer) => layer.op))].slice(0, 6).join(', ')}`]
        : undefined,
      [
        'time',
        `${document.steps.reduce((sum, step) => sum + step.seconds, 0).toFixed(1)} s, at most ${bytes(document.peakRssBytes)} of memory${document.resumed ? ', resumed' : ''}`,
      ],
      ['run', shown(document.run)],
      ['report', shown(document.report)],
    ],
    style,
  );
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
  return `${verdict}: lost ${figure(gate.measured, unit)}, allowed ${figure(gate.drop, unit)}`;
}
