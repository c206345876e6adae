import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Row } from './row.ts';
import { outputOf } from './words.ts';

/** What an action gets: the rows it was called for, and their runs. */
interface Called {
  readonly rows: readonly Row[];
  runs(): Promise<RunSummary[]>;
}

type Action = (host: Host, called: Called) => Promise<void>;

/** What can be done with runs, by the commands that the manifest puts into menus of the list. */
const actions: Readonly<Record<string, [what: string, action: Action]>> = {
  'lathe.runs.openReport': ['Open report', eachRun(openReportOf)],
  'lathe.runs.openTraining': [
    'Show learning curve',
    async (host, { rows }) => foldersOf(rows).forEach((folder) => host.trainings.open(folder)),
  ],
  'lathe.runs.openModels': ['Open models', eachRun(openModels)],
  'lathe.runs.compareModels': ['Compare models', eachRun(compareModels)],
  'lathe.runs.compare': ['Compare runs', async (host, { rows }) => (await import('./compare-runs.ts')).compareRuns(host, foldersOf(rows))],
  'lathe.runs.resume': ['Resume', eachRun(async (host, run) => (await import('./resume.ts')).resumeRun(host, run))],
  'lathe.runs.rerun': ['Run again', eachRun(async (host, run) => (await import('./rerun.ts')).runAgain(host, run))],
  'lathe.runs.toRecipe': ['Turn into a recipe', eachRun(async (host, run) => (await import('./rerun.ts')).turnIntoRecipe(host, run))],
  'lathe.runs.delete': ['Delete', async (host, { runs }) => (await import('./delete-runs.ts')).deleteRuns(host, await runs())],
  'lathe.runs.cancel': ['Cancel', async (host, { rows }) => cancelJobs(host, rows)],
  'lathe.runs.reveal': ['Reveal in explorer', firstPath((uri) => vscode.commands.executeCommand('revealInExplorer', uri))],
  'lathe.runs.revealInSystem': ['Reveal', firstPath((uri) => vscode.commands.executeCommand('revealFileInOS', uri))],
  'lathe.runs.copyPath': ['Copy path', async (_, { rows }) => vscode.env.clipboard.writeText(pathsOf(rows).join('\n'))],
};

/** Registers them. A command without a row is for what is selected. */
export function runActions(host: Host, selection: () => readonly Row[]): vscode.Disposable[] {
  return Object.entries(actions).map(([id, [what, action]]) =>
    vscode.commands.registerCommand(id, (row?: Row, all?: readonly Row[]) => {
      const rows = all?.length ? all : row ? [row] : selection();
      const runs = (): Promise<RunSummary[]> => Promise.all(foldersOf(rows).map((folder) => host.runs.read(folder)));
      return reporting(host.output, what, () => action(host, { rows, runs }));
    }),
  );
}

const pathsOf = (rows: readonly Row[]): string[] => rows.flatMap((row) => row.path ?? []);

/** Run folders among the rows, each once. */
const foldersOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.filter(({ context }) => /^(run|job folder|part report|part training)\b/.test(context)).flatMap((row) => row.path ?? [])),
];

function eachRun(work: (host: Host, run: RunSummary) => Promise<void>): Action {
  return async (host, { runs }) => {
    for (const run of await runs()) await work(host, run);
  };
}

function firstPath(work: (uri: vscode.Uri) => Thenable<unknown>): Action {
  return async (_, { rows }) => {
    const [place] = pathsOf(rows);
    if (place !== undefined) await work(vscode.Uri.file(place));
  };
}

async function openReportOf(_: Host, run: RunSummary): Promise<void> {
  await (await import('./report.ts')).openReport(vscode.Uri.file(path.join(run.folder, 'report.html')));
}

export async function openModels(_: Host, run: RunSummary): Promise<void> {
  for (const model of run.models.filter(({ role }) => role !== 'input')) {
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(model.path), ModelEditor.viewType, { preview: false });
  }
}

async function compareModels(_: Host, run: RunSummary): Promise<void> {
  const output = outputOf(run);
  if (run.model === undefined || !output) {
    throw new LatheError('run.models', 'this run has made no model to compare', { file: run.folder, hint: 'Resume it first.' });
  }
  await vscode.commands.executeCommand('lathe.compare', vscode.Uri.file(run.model), vscode.Uri.file(output.path), run.folder);
}

async function cancelJobs({ jobs }: Host, rows: readonly Row[]): Promise<void> {
  const ids = new Set(rows.map(({ id }) => id));
  for (const job of jobs.jobs) if (ids.has(`job:${job.id}`)) job.cancel();
}
