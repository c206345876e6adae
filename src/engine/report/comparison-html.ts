import type { ComparedGroup, ComparedRun, CostAxis, RunComparison } from '../../protocol/runs-comparison.ts';
import { budgetsSection } from './comparison-budgets.ts';
import { trainingsPicture } from './comparison-curves.ts';
import { costText, pictureOf } from './comparison-picture.ts';
import { boxesText, bytes, figure, interval, signed } from './format.ts';
import { boardsSection } from './boards-html.ts';
import { html, type Html } from './html-text.ts';
import { page } from './page.ts';
import { scatterPicture } from './scatter.ts';
import { table, type Column } from './table.ts';
import { comparedWaysSection } from './ways.ts';

/**
 * One HTML file of several runs: the table of methods and targets, and a picture for each cost against the metric with the front of those that
 * no other beats. No script, nothing loaded from anywhere. Equal data give equal bytes.
 */
export function renderComparison(comparison: RunComparison): string {
  const { runs, groups, axes, notes, matrix, trainings } = comparison;
  const title = `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`;
  return page(
    `Lathe: ${title}`,
    html`<h1>${title}</h1>
      ${notes.map((note) => html`<p class="note">${note}</p>`)}${runTable(comparison)}${matrix ? methodsByTargets(comparison, matrix) : ''}${boardsSection(comparison)}
      ${groups.map((group) => axes.map((axis) => picture(group, axis)))}${budgetsSection(comparison)}${comparedWaysSection(comparison)}${trainings.map(trainingsPicture)}`,
  );
}

function runTable({ runs, axes }: RunComparison): Html {
  const cost = (axis: CostAxis): Column<ComparedRun> => ({
    title: axis.title,
    number: true,
    cell: ({ costs }) => {
      const { before, after } = costs[axis.id] ?? {};
      if (after === undefined) return '';
      return html`${costText(axis, after)}${
        before === undefined || before === after ? '' : html` <div class="soft small">from ${costText(axis, before)}</div> `
      }`;
    },
  });
  return html`<h2>Methods and targets</h2>
    ${table('Methods and targets', runs, [
      {
        title: 'Run',
        kind: 'name',
        cell: ({ name, folder }) =>
          html`${name}
            <div class="soft small">${folder}</div>`,
      },
      { title: 'Method', kind: 'wide', cell: ({ method, status, problem }) => html`${method}${stateOf(status, problem)}` },
      { title: 'Target', cell: ({ target }) => target },
      {
        title: 'Metric',
        number: true,
        cell: ({ metrics, gate }) => html`${metricCell(metrics)}${gate && !gate.met ? html`<div class="small">limit missed</div>` : ''}`,
      },
      { title: 'Loss', number: true, cell: ({ metrics }) => lossCell(metrics) },
      ...axes.map(cost),
    ])}
    ${axes.some(({ note }) => note) ? html`<p class="soft small">${axes.flatMap(({ title, note }) => (note ? [`${title}: ${note}`] : [])).join('. ')}.</p>` : ''}`;
}

const stateOf = (status: ComparedRun['status'], problem: string | undefined): Html =>
  status === 'finished' ? html`` : html`<div class="small">${status}${problem === undefined ? '' : `: ${problem}`}</div>`;

function metricCell(metrics: ComparedRun['metrics']): Html | string {
  if (!metrics) return 'not measured';
  const { after } = metrics;
  return html`${figure(after.value, after.unit)} ${after.unit}
    <div class="soft small">
      ${after.boxes ? `${boxesText(after.boxes)}; ` : ''}95 % between ${interval(after)}, ${after.samples}
      pictures${after.simulated === undefined ? '' : ', simulated'}
    </div>`;
}

/** What was given up, positive where the model got worse. */
function lossCell(metrics: ComparedRun['metrics']): string {
  if (!metrics) return '';
  const { before, after } = metrics;
  const worse = after.better === 'high' ? before.value - after.value : after.value - before.value;
  return Number.isFinite(worse) ? signed(worse, after.unit) : '';
}

function methodsByTargets({ runs }: RunComparison, { methods, targets, cells }: NonNullable<RunComparison['matrix']>): Html {
  const cell = (places: readonly number[]): Html =>
    html`${places.map((at) => {
      const { metrics, costs, name, status } = runs[at]!;
      const size = costs['bytes']?.after;
      const texts = [
        metrics ? `${figure(metrics.after.value, metrics.after.unit)} ${metrics.after.unit}` : status,
        size === undefined ? '' : bytes(size),
      ];
      return html`<div title="${name}">${texts.filter(Boolean).join(', ')}</div>`;
    })}`;
  return html`<h2>Methods by targets</h2>
    ${table(
      'Methods by targets',
      [...methods.keys()],
      [
        { title: 'Method', kind: 'wide', cell: (row) => methods[row] },
        ...targets.map((target, column): Column<number> => ({ title: target, cell: (row) => cell(cells[row]![column]!) })),
      ],
    )}`;
}

function picture(group: ComparedGroup, axis: CostAxis): Html {
  const front = group.fronts[axis.id];
  if (!front) return html``;
  const { title, unit, better, points, data } = group;
  const heading = `${title} against ${axis.title.toLowerCase().replace('macs', 'MACs')}`;
  const shown = pictureOf(group, axis);
  return html`<h2>${heading}</h2>
    <p class="soft">
      Measured on ${data}. Lines are 95 % intervals; the dashed line joins the models that no other beats in both. Left costs
      less${better === 'high' ? ', up is better' : ', down is better'}. Grey: before.
    </p>
    ${scatterPicture({
      label: `${heading}; the same figures are in the table`,
      ...shown,
      points: shown.points.map((point, i) => ({
        ...point,
        title: `${point.name}: ${costText(axis, point.x)}, ${figure(point.y, unit)} ${unit}`,
        ...(points[i]!.side === 'before' ? { mark: 'soft' as const } : {}),
      })),
    })}`;
}
