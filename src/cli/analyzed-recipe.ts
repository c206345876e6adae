import path from 'node:path';
import { analysisStep } from '../engine/recipe/analysis-step.ts';
import type { ResolvedRecipe } from '../engine/recipe/types.ts';
import type { Cli } from './cli.ts';
import type { GivenData } from './options/data.ts';
import type { JobOptions } from './options/general.ts';
import { readRecipe } from './recipe-model.ts';

/** What an analysis may set over a recipe. */
interface Given {
  readonly data: GivenData;
  /** Of the step. */
  readonly settings: Record<string, unknown>;
  readonly options: JobOptions & { readonly target?: string; readonly task?: string; readonly seed?: string };
}

/**
 * A recipe whose layers are analyzed, with what options set over it, which goes before what the recipe says: pictures, the settings of its steps of that kind, or
 * of a step that it gets where it has none. Throws `recipe.invalid`, `cli.unreadable`.
 */
export async function analyzedRecipe(
  cli: Cli,
  file: string,
  technique: 'quantize' | 'prune',
  { data, settings, options }: Given,
): Promise<ResolvedRecipe> {
  const written = await readRecipe(cli, file, options);
  const { target, task, seed } = options;
  const of = written.steps.filter(({ step }) => step === technique);
  const steps = analysisStep(written, technique)
    ? of.flatMap(({ index }) => Object.entries(settings).map(([key, value]) => [`steps.${index}.${technique}.${key}`, value] as const))
    : [['steps', [{ [technique]: settings }]] as const];
  const sources = Object.entries(data.sources).map(([use, source]) => [
    `data.${use}`,
    { ...source, path: path.resolve(cli.cwd, String(source['path'])) },
  ]);
  const input = Object.entries(data.input ?? {}).map(([key, value]) => [`data.input.${key}`, value]);
  const general = Object.entries({ target, task, seed: seed === undefined ? undefined : Number(seed) }).filter(
    ([, value]) => value !== undefined,
  );
  const overrides = Object.fromEntries([...steps, ...sources, ...input, ...general]) as Record<string, unknown>;
  return Object.keys(overrides).length ? readRecipe(cli, file, { ...options, quiet: true }, overrides) : written;
}
