import path from 'node:path';
import { bytes, shortNumber, visible, gateBoxesText } from '../../protocol/format.ts';
import type { Deployment } from '../../protocol/deployments.ts';
import type { ModelSummary } from '../../protocol/results/run.ts';
import type { RunStatus, RunSummary } from '../../protocol/runs.ts';
import type { RunningJob } from '../jobs/running-job.ts';
import { markdownTable, markdownText, type Row, type RowIcon } from './row.ts';
import { boardName, boardRows, boardText, figureRows, metricText, outputOf, statusText, whenText } from './words.ts';

/** A job of this window. */
export type ListedJob = Pick<RunningJob, 'id' | 'title' | 'fraction' | 'text' | 'folder'>;

/**
 * The list *Runs*: jobs of this window in their order, then what runs elsewhere, then all others, newest first. `runs` come newest first; a
 * run that is a job of this window stands once, as the job. Of those that have ended `most` are shown, and a row that shows more.
 */
export function runRows(runs: readonly RunSummary[], jobs: readonly ListedJob[], now: Date, most = Infinity): Row[] {
  const own = new Set(jobs.map(({ folder }) => folder));
  const others = runs.filter(({ folder }) => !own.has(folder));
  const running = others.filter(({ status }) => status === 'running');
  const ended = others.filter(({ status }) => status !== 'running');
  return [
    ...jobRows(jobs, runs),
    ...[...running, ...ended.slice(0, most)].map((run) => runRow(run, now)),
    ...(ended.length > most ? [moreRow(ended.length - most)] : []),
  ];
}

const moreRow = (left: number): Row => ({
  id: 'more',
  label: `${left} older ${left === 1 ? 'run' : 'runs'}…`,
  icon: { name: 'ellipsis' },
  context: 'more',
  open: { command: 'lathe.runs.showMore', title: 'Show More' },
});

/** The first rows of the list: jobs of this window. */
export const jobRows = (jobs: readonly ListedJob[], runs: readonly RunSummary[]): Row[] =>
  jobs.map((job) => {
    const run = runs.find(({ folder }) => folder === job.folder);
    return jobRow(job, run);
  });

function jobRow({ id, title, fraction, text, folder }: ListedJob, run: RunSummary | undefined): Row {
  const share = fraction === undefined ? undefined : `${Math.floor(fraction * 100)} %`;
  const description = [share && `${share} ${bar(fraction!)}`, text].filter(Boolean).join(' · ');
  return {
    id: `job:${id}`,
    label: visible(title),
    description,
    spoken: [visible(title), share, text].filter(Boolean).join(', '),
    icon: fraction === undefined ? { name: 'watch' } : { name: 'loading~spin' },
    tooltip: () => [`**${markdownText(visible(title))}**`, markdownText(text), ...(run ? [methodLine(run)] : [])].join('\n\n'),
    context: folder === undefined ? 'job' : `job folder${run?.trains || run?.prunes ? ' training' : ''}`,
    ...(folder === undefined ? {} : { path: folder }),
  };
}

/** ▰▰▱▱▱: a list has no progress bar of its own. */
const bar = (fraction: number): string => '▰'.repeat(Math.round(fraction * 5)).padEnd(5, '▱');

const icons: Readonly<Record<RunStatus, RowIcon>> = {
  running: { name: 'loading~spin' },
  finished: { name: 'pass', color: 'testing.iconPassed' },
  failed: { name: 'error', color: 'testing.iconFailed' },
  cancelled: { name: 'circle-slash' },
  interrupted: { name: 'debug-pause', color: 'problemsWarningIcon.foreground' },
  unreadable: { name: 'question', color: 'problemsWarningIcon.foreground' },
};

/** Words in `viewItem` by which the manifest offers what fits: `resumable`, `report`, `models` … */
function contextOf(run: RunSummary): string {
  const { status } = run;
  const words: string[] = ['run', status];
  if (status === 'failed' || status === 'cancelled' || status === 'interrupted') words.push('resumable');
  if (status !== 'running') words.push('removable');
  if (status !== 'unreadable') words.push('readable');
  if (status === 'finished') words.push('report');
  if (outputOf(run)) words.push('models');
  if ((run.trains || run.prunes) && status !== 'unreadable') words.push('training');
  return words.join(' ');
}

function runRow(run: RunSummary, now: Date): Row {
  const { folder, name, status, metrics, gate } = run;
  const output = outputOf(run);
  const figures = [metrics && metricText(metrics.after), output && bytes(output.bytes), onBoard(run)];
  const missed = gate !== undefined && !gate.met;
  const state =
    status === 'finished' ? (missed ? 'limit missed' : undefined) : status === 'running' ? 'running elsewhere' : statusText[status];
  const description = [state, ...figures, whenText(run.started, now)].filter(Boolean).join(' · ');
  return {
    id: `run:${folder}`,
    label: visible(name),
    description,
    spoken: `${visible(name)}, ${statusText[status]}${description ? `, ${description}` : ''}`,
    icon: status === 'finished' && missed ? { name: 'warning', color: 'problemsWarningIcon.foreground' } : icons[status],
    tooltip: () => runTooltip(run, now),
    context: contextOf(run),
    path: folder,
    ...(status === 'unreadable' ? {} : { children: () => partsOf(run) }),
    ...(status === 'finished' ? { open: { command: 'lathe.runs.openReport', title: 'Open Report' } } : {}),
  };
}

/** "2.13 ms on zcu104"; of several boards their number. */
function onBoard({ deployments = [] }: RunSummary): string | undefined {
  const [first, ...others] = deployments;
  if (!first) return undefined;
  if (others.length) return `on ${deployments.length} boards`;
  const { latencyMs, target } = first;
  return `${latencyMs ? `${shortNumber(latencyMs.median)} ms ` : ''}on ${visible(target)}`;
}

const roles: Readonly<Record<ModelSummary['role'], string>> = {
  input: 'before',
  intermediate: 'between',
  output: 'after',
  exported: 'for the board',
};

/** What lies in a run folder, and the model it began with. */
function partsOf(run: RunSummary): Row[] {
  const { folder, status, models, model } = run;
  const input: readonly Pick<ModelSummary, 'path' | 'role' | 'bytes'>[] = models.length
    ? models
    : model === undefined
      ? []
      : [{ path: model, role: 'input', bytes: NaN }];
  const file = (name: string, label: string, icon: string): Row => ({
    id: `run:${folder}:${name}`,
    label,
    icon: { name: icon },
    context: 'part',
    path: path.join(folder, name),
    open: { command: 'vscode.open', title: 'Open' },
  });
  return [
    ...input.map(({ path: place, role, bytes: size }, i): Row => ({
      id: `run:${folder}:model:${i}`,
      label: visible(path.basename(place)),
      description: [roles[role], Number.isFinite(size) ? bytes(size) : ''].filter(Boolean).join(' · '),
      icon: { name: 'type-hierarchy-sub' },
      context: 'part model',
      path: place,
      open: { command: 'vscode.open', title: 'Open Model' },
    })),
    ...(run.deployments ?? []).map((deployment, i): Row => ({
      id: `run:${folder}:board:${i}`,
      label: boardName(deployment),
      description: boardText(deployment),
      icon: { name: 'circuit-board' },
      tooltip: () => boardTooltip(deployment),
      context: 'part board',
      ...(status === 'finished' ? { open: { command: 'lathe.runs.openReport', title: 'Open Report' }, path: folder } : {}),
    })),
    ...(status === 'finished'
      ? [
          {
            ...file('report.html', 'Report', 'graph'),
            context: 'part report',
            open: { command: 'lathe.runs.openReport', title: 'Open Report' },
            path: folder,
          },
        ]
      : []),
    ...(run.trains || run.prunes
      ? [
          {
            ...(run.prunes
              ? file('pruning.json', 'Rounds of pruning', 'graph-line')
              : file('training.json', 'Learning curve', 'graph-line')),
            context: 'part training',
            open: { command: 'lathe.runs.openTraining', title: 'Show Learning Curve' },
            path: folder,
          },
        ]
      : []),
    file('recipe.resolved.yaml', 'Recipe, as it was run', 'list-selection'),
    file('log.jsonl', 'Log', 'output'),
  ];
}

/** What was measured on a board, as Markdown. */
const boardTooltip = (deployment: Deployment): string =>
  [
    `**${markdownText(boardName(deployment))}**`,
    markdownTable(
      ['', 'measured there'],
      boardRows(deployment).map((cells) => cells.map(markdownText)),
    ),
  ].join('\n\n');

function methodLine({ method, target }: RunSummary): string {
  const parts = [method && markdownText(visible(method)), target && `for ${markdownText(visible(target))}`];
  return parts.filter(Boolean).join(', ');
}

/** In the tooltip of a run; each has a row of its own below it. */
const mostBoards = 3;

/** Everything that a list has no room for, as Markdown. */
function runTooltip(run: RunSummary, now: Date): string {
  const { name, status, problem, started, ended, warnings, gate, metrics, folder, test } = run;
  const seconds = started !== undefined && ended !== undefined ? (Date.parse(ended) - Date.parse(started)) / 1000 : NaN;
  const took = Number.isFinite(seconds) && seconds >= 0 ? `, took ${secondsText(seconds)}` : '';
  const unit = metrics?.after.unit ?? '';
  const lost = gate && `a loss of ${gate.measured.toFixed(1)} ${unit} where ${gate.drop} ${unit} are allowed${gateBoxesText(gate)}`;
  const rows = figureRows(run);
  const lines = [
    `**${markdownText(visible(name))}** — ${statusText[status]}${started ? `, ${whenText(started, now)}${took}` : ''}`,
    methodLine(run),
    problem && `$(error) ${markdownText(visible(problem))}`,
    gate && `${gate.met ? '$(pass) The limit is met' : '$(warning) The limit is missed'}: ${markdownText(lost ?? '')}`,
    rows.length
      ? markdownTable(
          ['', 'before', 'after'],
          rows.map((cells) => cells.map(markdownText)),
        )
      : undefined,
    test && `Measured on ${markdownText(visible(test.path))}`,
    ...(run.deployments ?? []).slice(0, mostBoards).map(boardTooltip),
    warnings ? `$(warning) ${warnings} warning${warnings === 1 ? '' : 's'} in the report` : undefined,
    markdownText(visible(folder)),
  ];
  return lines.filter(Boolean).join('\n\n');
}

const secondsText = (seconds: number): string =>
  seconds >= 60 ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s` : `${seconds.toFixed(1)} s`;
