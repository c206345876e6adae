import path from 'node:path';
import { measuredPictures } from '../engine/recipe/measured-pictures.ts';
import { prepareRecipe, requireResolved } from '../engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../engine/recipe/types.ts';
import type { DataRequest } from '../protocol/job.ts';
import type { Cli } from './cli.ts';
import { readText } from './commands/validate.ts';
import { runJob } from './job.ts';
import type { JobOptions } from './options/general.ts';

/** Whether a name is that of a recipe: then its model is meant, or the models of its chain as one. */
export const isRecipeName = (name: string): boolean => /\.compress\.(ya?ml|json)$/i.test(name);

/** A recipe ready to run, with its warnings told. `overrides`: set over it, as by --set. Throws `recipe.invalid`, `cli.unreadable`. */
export async function readRecipe(
  cli: Cli,
  file: string,
  { quiet }: Pick<JobOptions, 'quiet'>,
  overrides: Record<string, unknown> = {},
): Promise<ResolvedRecipe> {
  const absolute = path.resolve(cli.cwd, file);
  const source = { text: await readText(absolute, file), file: absolute, shownAs: file, overrides };
  const prepared = await prepareRecipe(source, { runs: path.join(cli.cwd, 'lathe-runs'), for: 'run' });
  const resolved = requireResolved(prepared);
  if (!quiet)
    for (const { file: where, line, column, message, severity } of prepared.problems)
      if (severity === 'warning') cli.stderr.write(`${where}:${line}:${column}: warning: ${message}\n`);
  return resolved;
}

/** A model that a command was given: a file, or a recipe whose model, or models as one, is meant. */
export interface GivenModel {
  /** Absolute. */
  readonly file: string;
  readonly recipe?: ResolvedRecipe;
}

/** Throws what reading a recipe and composing its chain throws. */
export async function givenModel(cli: Cli, given: string, options: JobOptions): Promise<GivenModel> {
  if (!isRecipeName(given)) return { file: path.resolve(cli.cwd, given) };
  const recipe = await readRecipe(cli, given, options);
  if (recipe.model !== undefined) return { file: recipe.model, recipe };
  const { output } = await runJob(cli, { kind: 'compose', recipe: { resolved: recipe } }, options);
  return { file: output.path, recipe };
}

/** Other pictures than a recipe's own, with what it says of input and answers where they do not. */
export function withAnswersOf(recipe: ResolvedRecipe | undefined, { source, ...named }: DataRequest): DataRequest {
  const { decode, match } = (recipe && measuredPictures(recipe)?.source) ?? {};
  const input = recipe?.data.input;
  return { ...(input ? { input } : {}), ...named, source: { ...(decode ? { decode } : {}), ...(match ? { match } : {}), ...source } };
}
