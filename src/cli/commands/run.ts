import { statSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { Option, type Command } from 'commander';
import type { Model } from '../../engine/onnx/graph.ts';
import { planCosts, type PlannedModel } from '../../engine/recipe/cost.ts';
import { removesChannels, stepsWithin } from '../../engine/recipe/steps-within.ts';
import { modelFacts } from '../../engine/recipe/facts/model.ts';
import { prepareRecipe, requireResolved } from '../../engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../engine/recipe/types.ts';
import type { RunJob, Shard } from '../../protocol/job.ts';
import { planOutline } from '../../protocol/plan.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { jobOptions, outputOf, shardOf, type JobOptions } from '../options/general.ts';
import { printResult, widthOf } from '../output/result.ts';
import { printRun } from '../output/run.ts';
import type { Style } from '../output/style.ts';
import { facts, table } from '../output/table.ts';
import { saveRecipe } from './step.ts';
import { readText } from './validate.ts';

interface RunOptions extends JobOptions {
  resume?: boolean;
  dryRun?: boolean;
  only?: string;
  set?: Record<string, unknown>;
  task?: string;
  target?: string;
  seed?: string;
  output?: string;
  saveRecipe?: string;
  shard?: Shard;
}

export function run(command: Command, cli: Cli): void {
  command
    .description('Runs a recipe: every step in order, with figures before and after when it has test data. A run folder keeps all of it.')
    .argument('<recipe>', 'a recipe (*.compress.yaml), or with --resume a run folder')
    .option('--resume', 'goes on with the newest unfinished run of this recipe, or starts one')
    .option('--dry-run', 'prints the resolved plan with its costs and stops')
    .option('--only <step>', 'runs one step only: its name, or its position from 0')
    .option('--set <key=value>', 'sets a key of the recipe, e.g. steps.0.quantize.weights=4; may be repeated', setOption)
    .option('--task <name>', "the recipe's task")
    .option('--target <name>', "the recipe's target")
    .option('--seed <n>', "the recipe's seed")
    .option('-o, --output <place>', 'a file.onnx for one more copy of the model, or the folder for run folders')
    .option('--save-recipe <file>', 'writes the recipe with what was set over it')
    .addOption(
      new Option('--shard <i/n>', 'only part i of n of the calibration pictures; `lathe merge` adds the parts').argParser(shardOf),
    );
  jobOptions(command).action(async (recipe: string, options: RunOptions) => {
    const place = path.resolve(cli.cwd, recipe);
    const interrupted = options.resume === true && statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
    const resolved = interrupted ? undefined : await prepare(cli, recipe, options);
    if (!resolved && !interrupted) return;
    const request: RunJob['recipe'] = resolved ? { resolved } : { run: place };
    const { only, shard } = options;
    const job: RunJob = {
      kind: 'run',
      recipe: request,
      ...(options.resume ? { resume: true } : {}),
      ...(only ? { only } : {}),
      ...(shard ? { shard } : {}),
    };
    const result = await runJob(cli, job, options);
    if ('run' in result) printRun(cli, 'run', options, result);
    else printResult(cli, 'run', options, result, ({ output }) => `part written: ${output.path}`);
  });
  examples(command, `lathe run ${sample.recipe}`, `lathe run ${sample.recipe} --dry-run --set steps.0.quantize.weights=4`);
}

function setOption(given: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const split = given.indexOf('=');
  if (split < 1) throw wrongCall('option-value', `--set must be like steps.0.quantize.weights=4, not ${given}`);
  return { ...before, [given.slice(0, split)]: yamlValue(given.slice(split + 1)) };
}

function yamlValue(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 }) as unknown;
  } catch {
    // Not YAML (`*.png`): the text itself is the value.
    return text;
  }
}

/** The recipe ready to run; undefined when only the plan was asked for, which is then printed. */
async function prepare(cli: Cli, file: string, options: RunOptions): Promise<ResolvedRecipe | undefined> {
  const { target, task, seed } = options;
  const given = { target, task, seed: seed === undefined ? undefined : Number(seed), ...options.set };
  const overrides = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const absolute = path.resolve(cli.cwd, file);
  const source = { text: await readText(absolute, file), file: absolute, shownAs: file, overrides };
  const prepared = await prepareRecipe(source, { runs: path.join(cli.cwd, 'lathe-runs'), for: 'run' });
  const found = requireResolved(prepared);
  if (!options.quiet) {
    for (const { file: where, line, column, message } of prepared.problems.filter(({ severity }) => severity === 'warning'))
      cli.stderr.write(`${where}:${line}:${column}: warning: ${message}\n`);
  }
  if (options.saveRecipe !== undefined && prepared.recipe) {
    const { folder = path.dirname(absolute) } = prepared.resolved ?? {};
    await saveRecipe(prepared.recipe, folder, path.resolve(cli.cwd, options.saveRecipe));
  }
  const { folder, file: copy } = outputOf(cli.cwd, options.output, options.shard !== undefined);
  const resolved = { ...found, output: { ...found.output, folder: folder ?? found.output.folder, ...(copy ? { file: copy } : {}) } };
  if (!options.dryRun) return resolved;
  const models: [string | undefined, Model][] = prepared.model ? [[undefined, prepared.model]] : [...(prepared.models ?? [])];
  const prunes = resolved.steps.some(removesChannels);
  const plan = models.flatMap(([alias, model]) =>
    planCosts(stepsWithin(resolved, alias), modelFacts(model, { file: '', bytes: 0 }, { pruning: prunes }), alias),
  );
  printResult(cli, 'run', options, { dryRun: true, plan: resolved, costs: plan }, (_, style) =>
    planText(resolved, plan, style, widthOf(cli)),
  );
  return undefined;
}

function planText(resolved: ResolvedRecipe, plan: readonly PlannedModel[], style: Style, width: number): string {
  const { facts: told, columns, rows, settings } = planOutline(resolved, plan);
  return [facts(told, style), '', table(columns, rows, width, style), '', ...settings].join('\n');
}
