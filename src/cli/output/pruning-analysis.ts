import { count } from '../../protocol/format.ts';
import type { PruningSensitivityDocument, PruningSensitivityPoint } from '../../protocol/results/prune.ts';
import { figure } from './figures.ts';
import type { Style } from './style.ts';
import { facts, table } from './table.ts';

const right = (title: string) => ({ title, align: 'right' as const });
const percent = (part: number): string => `${Number((100 * part).toFixed(1))} %`;

/** A table of groups, most sensitive first: the metric at each part that was removed, and what is suggested. */
export function pruningAnalysisText(document: PruningSensitivityDocument, style: Style, width: number): string {
  const { model, measure, samples, criterion, groups, suggestion, kept, seconds, cuts } = document;
  const head = facts(
    [
      ['model', model],
      ['method', `one group at a time, ${measure}, ${samples} pictures; channels by ${criterion}`],
      ['cost', `${seconds.toFixed(1)} s, ${cuts} cut models`],
      ['suggested', `${percent(suggestion.macs)} of the multiply-adds and ${percent(suggestion.parameters)} of the parameters left`],
    ],
    style,
  );
  const parts = [...new Set(groups.flatMap(({ points }) => points.map(({ asked }) => asked)))].sort((a, b) => a - b);
  const rows = groups.map((group) => [
    group.name,
    String(group.channels),
    count(group.macs),
    ...parts.map((part) =>
      valueText(
        group.points.find(({ asked }) => asked === part),
        document,
      ),
    ),
    percent(group.suggested),
  ]);
  const columns = [
    { title: 'group', flexible: true },
    right('channels'),
    right('MACs'),
    ...parts.map((part) => right(`−${percent(part)}`)),
    right('suggested'),
  ];
  const note = 'Groups that take it worst come first. Nothing made up for the channels: `lathe prune` does, and keeps far more.';
  return [head, table(columns, rows, width, style), style.dim(note), ...leftOut(kept, style)].join('\n\n');
}

function valueText(point: PruningSensitivityPoint | undefined, { unit }: PruningSensitivityDocument): string {
  if (!point) return '';
  if (point.equal) return 'equal';
  if (point.value === null) return '?';
  return unit === '' ? point.value.toPrecision(3) : figure(point.value, unit);
}

function leftOut(kept: PruningSensitivityDocument['kept'], style: Style): string[] {
  if (kept.length === 0) return [];
  return [style.dim(`keep all channels:\n${kept.map(({ name, reason }) => `${name}: ${reason}`).join('\n')}`)];
}
