import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { StepDeclaration } from '../../engine/base/declaration.ts';
import { LatheError } from '../../engine/base/errors.ts';
import type { Issue } from '../../engine/recipe/check.ts';
import { prepareObject } from '../../engine/recipe/prepare.ts';
import { findStep } from '../../engine/recipe/steps.ts';
import { dataUses, type Recipe, type ResolvedRecipe } from '../../engine/recipe/types.ts';
import { writeRecipe } from '../../engine/recipe/write.ts';
import { targets } from '../../engine/targets/index.ts';
import type { Shard } from '../../protocol/job.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { dataOptions, type GivenData } from '../options/data.ts';
import { jobOptions, outputOf, shardOf, type JobOptions } from '../options/general.ts';
import { settingOptions } from '../options/settings.ts';
import { movedRecipe } from '../../engine/recipe/moved.ts';
import { printResult } from '../output/result.ts';
import { printRun } from '../output/run.ts';

interface StepOptions extends JobOptions {
  task?: string;
  target?: string;
  seed?: string;
  output?: string;
  saveRecipe?: string;
  shard?: Shard;
}

/** How a step is called on the command line, beside its declaration. */
interface StepCall {
  /** The command's name, where it is not the step's. */
  readonly called?: string;
  /** Of the argument. */
  readonly model?: string;
  /** Options of two calls that work on the sample. */
  readonly examples: readonly [string, string];
}

/** `lathe quantize MODEL` and its like: a recipe of one step, put together from options and run like any other. */
export function stepCommand(name: string, call: StepCall): (command: Command, cli: Cli) => void {
  const { called = name, model: argument = 'model' } = call;
  return (command, cli) => {
    const step = findStep(name);
    if (!step) throw wrongCall('not-yet', `this version of Lathe has no ${JSON.stringify(name)} yet`);
    command.description(step.summary).argument(`<${argument}>`, 'an .onnx file');
    const settings = settingOptions(command, step);
    const data = dataOptions(command, dataUses, trains(step));
    recipeOptions(jobOptions(command), !trains(step));
    command.action(async (model: string, options: StepOptions) => {
      await runStep(cli, step, called, recipeOf(model, options, data(), { [name]: settings() }), options);
    });
    examples(command, ...call.examples.map((options) => `lathe ${called} ${sample.model} ${options}`));
  };
}

/** Options that show what a step without training is for: ranges from pictures, figures on others. */
export const calibratedExamples = (own: string): [string, string] => [
  `--calibration ${sample.train} --test ${sample.test} --labels folders`,
  `--calibration ${sample.train} --count 64 ${own} -o small.onnx`,
];

/** Whether it goes over its pictures in epochs: then parts of it can not be added. */
const trains = ({ parameters: { properties } }: StepDeclaration): boolean => 'epochs' in properties || 'finetune' in properties;

function recipeOptions(command: Command, sharded: boolean): void {
  const group = 'General:';
  command
    .addOption(
      new Option('--task <name>', 'what the model does').choices(['classification', 'detection', 'restoration', 'none']).helpGroup(group),
    )
    .addOption(
      new Option('--target <name>', `what the result has to run on; default ${targets[0]!.name}`)
        .choices(targets.map((one) => one.name))
        .helpGroup(group),
    )
    .addOption(new Option('--seed <n>', 'every random choice follows from it; default 0').helpGroup(group))
    .addOption(
      new Option('-o, --output <place>', 'a file.onnx for one more copy of the model, or the folder for run folders').helpGroup(group),
    )
    .addOption(new Option('--save-recipe <file>', 'writes the recipe that these options make').helpGroup(group));
  if (!sharded) return;
  command.addOption(
    new Option('--shard <i/n>', 'only part i of n of the pictures; `lathe merge` adds the parts').argParser(shardOf).helpGroup(group),
  );
}

export function recipeOf(
  model: string,
  options: Pick<StepOptions, 'task' | 'target' | 'seed'>,
  data: GivenData,
  step: Record<string, unknown>,
): Record<string, unknown> {
  const { input, sources } = data;
  const given = { ...(input ? { input } : {}), ...sources };
  return {
    version: 1,
    model,
    ...(options.target === undefined ? {} : { target: options.target }),
    ...(options.task === undefined ? {} : { task: options.task }),
    ...(options.seed === undefined ? {} : { seed: Number(options.seed) }),
    ...(Object.keys(given).length ? { data: given } : {}),
    steps: [step],
  };
}

async function runStep(
  cli: Cli,
  step: StepDeclaration,
  called: string,
  made: Record<string, unknown>,
  options: StepOptions,
): Promise<void> {
  const prepared = await prepareObject(made, { folder: cli.cwd, runs: path.join(cli.cwd, 'lathe-runs'), for: 'run' });
  const wrong = prepared.issues.find((issue) => issue.severity === 'error');
  if (wrong || !prepared.resolved) throw optionError(wrong, step.name, String(made['model']));
  const warnings = prepared.issues.filter((issue) => issue.severity === 'warning');
  if (!options.quiet) for (const issue of warnings) cli.stderr.write(`warning: ${inOptions(issue.message, step.name)}\n`);
  if (options.saveRecipe !== undefined && prepared.recipe) await saveRecipe(prepared.recipe, cli.cwd, options.saveRecipe);
  const { folder, file } = outputOf(cli.cwd, options.output, options.shard !== undefined);
  const { output } = prepared.resolved;
  const resolved: ResolvedRecipe = {
    ...prepared.resolved,
    output: { ...output, folder: folder ?? output.folder, ...(file ? { file } : {}) },
  };
  const result = await runJob(cli, { kind: 'run', recipe: { resolved }, ...(options.shard ? { shard: options.shard } : {}) }, options);
  if ('run' in result) printRun(cli, called, options, result);
  else printResult(cli, called, options, result, ({ output: part }) => `part written: ${part.path}`);
}

export async function saveRecipe(recipe: Recipe, from: string, file: string): Promise<void> {
  const place = path.resolve(from, file);
  const text = writeRecipe(movedRecipe(recipe, from, path.dirname(place)), `Run it with: lathe run ${path.basename(place)}`);
  try {
    await writeFile(place, text);
  } catch (error) {
    throw wrongCall('unwritable', `the recipe can't be written: ${(error as Error).message}`);
  }
}

/** A mistake in a recipe that options made, in the words of the options. */
export function optionError(issue: Issue | undefined, step: string, model: string): LatheError {
  if (!issue) return new LatheError('recipe.invalid', 'the options do not make a recipe');
  if (issue.path[0] === 'model') return new LatheError(issue.code, issue.message.replace(`${model}: `, ''), { file: model });
  return new LatheError(issue.code, inOptions(issue.message, step));
}

/** `data.input.scale` is `--scale` on the command line. */
export function inOptions(message: string, step: string): string {
  return message
    .replaceAll(new RegExp(`steps\\[0\\]\\.${step}\\.([\\w.-]+)`, 'g'), '--$1')
    .replaceAll(`steps[0].${step}`, step)
    .replaceAll(/data\.input\.([\w.-]+)/g, '--$1')
    .replaceAll(/data\.(?:train|validation|calibration|test)\.path/g, 'the path')
    .replaceAll(/data\.(?:train|validation|calibration|test)\.([\w.-]+)/g, '--$1')
    .replaceAll(/data\.(train|validation|calibration|test)\b/g, '--$1')
    .replaceAll(/\b(seed|task|target) must/g, '--$1 must');
}
