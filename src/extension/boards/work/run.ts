import type { RunDocument } from '../../../protocol/results/run.ts';
import { runSummary } from '../../jobs/wording.ts';
import { fileLink, green, plain, yellow } from '../text.ts';
import { tellRun } from '../tell.ts';
import { recipeOf, runRecipeOf } from './recipe.ts';
import type { Work } from './work.ts';

/** Task `run`: the recipe from its first step. */
export async function runWork(work: Work): Promise<number> {
  const recipe = await recipeOf(work);
  const run = await runRecipeOf(work, recipe);
  for (const text of runLines(run)) work.line(text);
  void tellRun(work.host, run, recipe);
  return run.gate && !run.gate.met ? 3 : 0;
}

function runLines(run: RunDocument): string[] {
  return [
    ...run.warnings.map((warning) => `${yellow('warning')} ${plain(warning)}`),
    ...run.models.filter(({ role }) => role !== 'input').map(({ path: file }) => fileLink(file)),
    fileLink(run.report),
    `${green('finished')} ${plain(runSummary(run))}`,
    ...(run.next ? [plain(run.next.text)] : []),
  ];
}
