import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { listRuns, type RunListing } from '../../engine/pipeline/index.ts';
import { bytes } from '../../protocol/format.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { examples } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { commonOptions } from '../options/general.ts';
import { shownPath } from '../output/paths.ts';
import { printResult, widthOf } from '../output/result.ts';
import type { Style } from '../output/style.ts';
import { table } from '../output/table.ts';

interface CleanOptions extends CommonOptions {
  folder: string;
}

interface CleanDocument {
  folder: string;
  runs: { path: string; name: string; state: string; started: string | null; bytes: number }[];
  removed: { path: string; bytes: number }[];
  bytes: number;
}

export function clean(command: Command, cli: Cli): void {
  commonOptions(command)
    .description('Lists run folders with their sizes, and removes those that are named. Without names nothing is removed.')
    .argument('[run...]', 'run folders to remove')
    .option('--folder <path>', 'where run folders are', 'lathe-runs')
    .action(async (runs: string[], options: CleanOptions) => {
      const folder = path.resolve(cli.cwd, options.folder);
      const removed = await removeRuns(runs, folder, cli.cwd);
      const left = await listRuns(folder);
      const rows = left.map(({ folder: run, name, state, started, bytes }) => ({
        path: run,
        name,
        state,
        started: started ?? null,
        bytes,
      }));
      const document = { folder, runs: rows, removed, bytes: rows.reduce((sum, run) => sum + run.bytes, 0) };
      printResult(cli, 'clean', options, document, (all, style) => text(all, style, widthOf(cli), cli.cwd));
    });
  examples(command, 'lathe clean', 'lathe clean --folder samples/shapes/lathe-runs --json');
}

/** A run may be named by its path, or by its folder's name alone. Nothing is removed unless all that are named are run folders at rest. */
async function removeRuns(names: readonly string[], folder: string, cwd: string): Promise<CleanDocument['removed']> {
  const chosen: CleanDocument['removed'] = [];
  for (const name of names) {
    const run = (await listingOf(path.resolve(cwd, name))) ?? (await listingOf(path.join(folder, path.basename(name))));
    if (!run) throw wrongCall('no-run', `${name} is no run folder`, 'Without names `lathe clean` lists them.');
    if (run.state === 'running') throw wrongCall('run-busy', `${name} is running; cancel it first`);
    chosen.push({ path: run.folder, bytes: run.bytes });
  }
  for (const run of chosen) await rm(run.path, { recursive: true });
  return chosen;
}

const listingOf = async (run: string): Promise<RunListing | undefined> =>
  (await listRuns(path.dirname(run))).find((listing) => listing.folder === run);

function text(document: CleanDocument, style: Style, width: number, cwd: string): string {
  const shown = (file: string): string => shownPath(file, cwd);
  const lines = document.removed.map((run) => `removed ${shown(run.path)} (${bytes(run.bytes)})`);
  if (document.runs.length === 0) return [...lines, `no run folders in ${shown(document.folder)}`].join('\n');
  const rows = document.runs.map((run) => [
    shown(run.path),
    run.state,
    run.started?.slice(0, 16).replace('T', ' ') ?? '',
    bytes(run.bytes),
  ]);
  const columns = [
    { title: 'run', flexible: true },
    { title: 'state' },
    { title: 'started (UTC)' },
    { title: 'size', align: 'right' as const },
  ];
  return [...lines, table(columns, rows, width, style), style.dim(`${document.runs.length} runs, ${bytes(document.bytes)}`)].join('\n');
}
