import path from 'node:path';
import { Type } from '@sinclair/typebox';
import type { Command } from 'commander';
import { prepareRecipe, requireResolved } from '../../engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../engine/recipe/types.ts';
import { deployEntry, type DeployEntry } from '../../engine/targets/deploy-settings.ts';
import { fillDefaults } from '../../engine/recipe/defaults.ts';
import { visible } from '../../protocol/format.ts';
import type { BoardDocument, DeployDocument } from '../../protocol/results/board.ts';
import type { Cli } from '../cli.ts';
import { examples } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { settingOptions } from '../options/settings.ts';
import { boardText, deployText, plannedText } from '../output/deploy.ts';
import { printResult, widthOf } from '../output/result.ts';
import { readText } from './validate.ts';

interface DeployOptions extends JobOptions {
  entry?: string[];
  run?: string;
  dryRun?: boolean;
  here?: boolean;
  ask?: boolean;
  state?: boolean;
  remove?: string;
}

/** What the command line may set over an entry; `--threads` is the number of this machine's threads everywhere. */
const overriding = Type.Pick(deployEntry, [
  'host',
  'port',
  'user',
  'identity',
  'folder',
  'runs',
  'warm-up',
  'seconds',
  'pictures',
  'power',
  'keep',
]);

export function deploy(command: Command, cli: Cli): void {
  command
    .description(
      'Deploys what a recipe made to the boards of its `deploy:`: compiles it where the board needs that, copies it over ssh, runs it, and brings back latency, throughput, power, accuracy, and how far its outputs are those that were simulated. The figures are kept with the run.',
    )
    .argument('<recipe>', 'a recipe (*.compress.yaml)')
    .option('--entry <which>', 'only this entry: its position from 0, or its target; may be repeated', collect)
    .option('--run <folder>', 'the run whose model it is, or `new` to run the recipe first; by default its newest finished one')
    .option('--dry-run', 'prints the exact commands; starts nothing')
    .option('--here', 'measures on this machine instead, without ssh: entries for a CPU, or one where there is none')
    .option('--ask', 'lets ssh ask for a password or a passphrase on the terminal')
    .option('--state', 'tells what the boards are and have, and the models of ours on them; runs nothing')
    .option('--remove <model>', 'removes a model of ours from the boards');
  const settings = settingOptions(command, { name: 'deploy', summary: '', parameters: overriding });
  jobOptions(command).action(async (file: string, options: DeployOptions) => {
    const recipe = withOverrides(await prepared(cli, file, options), settings() as Partial<DeployEntry>, cli.cwd);
    const entries = options.entry?.flatMap((which) => positionsOf(recipe, which));
    if (options.state || options.remove !== undefined) return tellBoards(cli, recipe, entries, options);
    const { run, dryRun, here, ask } = options;
    const documents = await runJob(
      cli,
      {
        kind: 'deploy',
        recipe: { resolved: recipe },
        ...(entries ? { entries } : {}),
        ...(run === undefined ? {} : { run: run === 'new' ? run : path.resolve(cli.cwd, run) }),
        ...(dryRun ? { dryRun } : {}),
        ...(here ? { here } : {}),
        ...(ask ? { ask } : {}),
      },
      options,
    );
    printDocuments(cli, documents, options);
  });
  examples(
    command,
    'lathe deploy samples/shapes/board.compress.yaml --dry-run',
    'lathe deploy samples/shapes/board.compress.yaml --entry cpu --host board.local --user root --dry-run --json',
  );
}

const collect = (given: string, before: string[] = []): string[] => [...before, given];

async function prepared(cli: Cli, file: string, { quiet }: DeployOptions): Promise<ResolvedRecipe> {
  const absolute = path.resolve(cli.cwd, file);
  const source = { text: await readText(absolute, file), file: absolute, shownAs: file, overrides: {} };
  const found = await prepareRecipe(source, { runs: path.join(cli.cwd, 'lathe-runs'), for: 'run' });
  const recipe = requireResolved(found);
  if (!quiet) {
    for (const { file: where, line, column, message } of found.problems.filter(({ severity }) => severity === 'warning'))
      cli.stderr.write(`${where}:${line}:${column}: warning: ${visible(message)}\n`);
  }
  return recipe;
}

/** Over every entry; a recipe without one is deployed to the host that is named, for its own target. */
function withOverrides(recipe: ResolvedRecipe, given: Partial<DeployEntry>, cwd: string): ResolvedRecipe {
  const { identity } = given;
  const over = { ...given, ...(identity === undefined ? {} : { identity: path.resolve(cwd, identity) }) };
  const { deploy: declared = [] } = recipe;
  const entries =
    declared.length || over.host === undefined ? declared : [fillDefaults(deployEntry, { target: recipe.target }) as DeployEntry];
  return { ...recipe, deploy: entries.map((entry) => ({ ...entry, ...over })) };
}

function positionsOf({ deploy = [], target }: ResolvedRecipe, which: string): number[] {
  const found = deploy.flatMap((entry, i) => (String(i) === which || (entry.target ?? target) === which ? [i] : []));
  if (found.length) return found;
  const there = deploy.map((entry, i) => `${i} (${entry.target ?? target})`).join(', ') || 'none';
  throw wrongCall('option-value', `--entry must be one of the recipe's entries of deploy, not ${which}`, `It has: ${there}.`);
}

/** The first document with the others in it; exit code that of the first that failed. */
function printDocuments(cli: Cli, documents: readonly DeployDocument[], options: DeployOptions): void {
  const [first, ...others] = documents;
  if (!first) return;
  const failed = documents.find(({ error }) => error);
  if (failed?.error) cli.exitCode = failed.error.exitCode;
  for (const { target, host, warnings, error } of options.quiet ? [] : documents) {
    const where = visible(`${target}${host === null ? '' : ` on ${host}`}`);
    for (const warning of warnings) cli.stderr.write(`${where}: ${visible(warning)}\n`);
    if (error)
      cli.stderr.write(`${where}: error: ${visible(error.message)}\n${error.hint === undefined ? '' : `  ${visible(error.hint)}\n`}`);
  }
  const whole = { ...first, ...(others.length ? { others } : {}), ...(failed?.error ? { error: failed.error } : {}) };
  printResult(cli, 'deploy', options, whole, (_, style) =>
    documents
      .map((document) =>
        document.steps.every(({ state }) => state === 'planned')
          ? plannedText(document, style, widthOf(cli))
          : deployText(document, style, cli.cwd, widthOf(cli)),
      )
      .join('\n\n'),
  );
}

/** Boards that several entries name are asked once for each of their targets. */
async function tellBoards(cli: Cli, recipe: ResolvedRecipe, entries: readonly number[] | undefined, options: DeployOptions): Promise<void> {
  const { deploy = [], target } = recipe;
  const chosen = deploy.filter((entry, i) => entry.host !== undefined && (entries?.includes(i) ?? true));
  if (chosen.length === 0) throw wrongCall('option-value', 'no entry of deploy names a host', 'Name one: --host board.local');
  const { remove, ask } = options;
  const boards: BoardDocument[] = [];
  for (const entry of chosen) {
    const job = {
      kind: 'board',
      entry: { ...entry, target: entry.target ?? target },
      ...(remove === undefined ? {} : { remove }),
      ...(ask ? { ask } : {}),
    } as const;
    boards.push(await runJob(cli, job, options));
  }
  if (boards.some(({ state }) => state !== 'ready')) cli.exitCode = 1;
  printResult(cli, 'deploy', options, { boards }, (_, style) => boards.map((board) => boardText(board, style)).join('\n\n'));
}
