import path from 'node:path';
import { LatheError } from '../../../engine/base/errors.ts';
import type { CheckDocument } from '../../../protocol/results/board.ts';
import { checkFindings } from '../findings/findings.ts';
import { checkLines } from '../text.ts';
import { pickTarget } from '../pick-target.ts';
import { entriesOf, recipeOf, type TaskRecipe } from './recipe.ts';
import { placeOf, runJob, type Work } from './work.ts';

/** Task `check`: where each layer would run. Of a recipe: its models for each board that it names. */
export async function checkWork(work: Work): Promise<number> {
  const { task, line } = work;
  if (task.recipe === undefined) {
    const model = placeOf(work, task.model!);
    const target = task.target ?? (await pickTarget('check'));
    if (target === undefined) return 130;
    const document = await check(work, model, target);
    work.host.findings.set(
      model,
      'check',
      checkFindings(document).map((finding) => ({ ...finding, model })),
    );
    return 0;
  }
  const recipe = await recipeOf(work);
  const { resolved, file } = recipe;
  const models = await modelsOf(work, recipe);
  const { checkTargets } = await import('../abilities.ts');
  const named = task.target
    ? [task.target]
    : [resolved.target, ...entriesOf(recipe, task.entry).map((index) => resolved.deploy![index]!.target!)];
  const targets = [...new Set(named)].filter((target) => task.target !== undefined || checkTargets.has(target));
  if (targets.length === 0) {
    throw new LatheError('check.target', `everything runs on ${[...new Set(named)].join(', ')}: there is nothing to check`, { file });
  }
  const found = [];
  for (const model of models) {
    for (const target of targets) found.push(...checkFindings(await check(work, model, target)).map((one) => ({ ...one, model })));
  }
  if (models.length === 0) line('The models of this recipe are new: there is nothing to check before it has run.');
  work.host.findings.set(file, 'check', found);
  return 0;
}

/** The models of a recipe; those of a chain as one. */
async function modelsOf(work: Work, { resolved, file }: TaskRecipe): Promise<string[]> {
  if (resolved.model !== undefined) return [resolved.model];
  if (!resolved.chain) return Object.values(resolved.models ?? {}).flatMap((one) => ('model' in one ? [one.model] : []));
  const { output } = await runJob(work, `Compose ${path.basename(file)}`, { kind: 'compose', recipe: { resolved } }, file);
  return [output.path];
}

async function check(work: Work, model: string, target: string): Promise<CheckDocument> {
  const { shapes } = work.task;
  const job = { kind: 'check', model, target, ...(shapes ? { shapes: shapes as Record<string, number[]> } : {}) } as const;
  const document = await runJob(work, `Check ${path.basename(model)} for ${target}`, job, model);
  for (const text of checkLines(document, model)) work.line(text);
  return document;
}
