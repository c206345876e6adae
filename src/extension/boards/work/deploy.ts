import { LatheError } from '../../../engine/base/errors.ts';
import type { DeployDocument } from '../../../protocol/results/board.ts';
import { failureFinding, toolFindings, type BoardFinding } from '../findings/findings.ts';
import { tellDeployed } from '../tell.ts';
import { deployLines } from '../text.ts';
import { entriesOf, finishedRun, recipeName, recipeOf } from './recipe.ts';
import { runJob, type Work } from './work.ts';

/** Task `deploy`: the result of a recipe onto the boards of its `deploy:`, with the figures from there. */
export async function deployWork(work: Work): Promise<number> {
  const { task, host } = work;
  const dryRun = task.dryRun ?? false;
  const recipe = await recipeOf(work);
  const { resolved, file } = recipe;
  if (!resolved.deploy?.length) {
    throw new LatheError('deploy.entries', 'this recipe names no board', {
      file,
      hint: 'Write "deploy: { target: zcu104, host: … }" into it.',
    });
  }
  const entries = entriesOf(recipe, task.entry);
  const { folder } = await finishedRun(work, recipe);
  const boards = entries.map((index) => resolved.deploy![index]!);
  const title = `${dryRun ? 'Dry run: deploy' : 'Deploy'} ${recipeName(file)} to ${[...new Set(boards.map(({ target, host: name }) => name ?? target))].join(', ')}`;
  if (!dryRun) host.findings.set(file, 'deploy', []);
  const about = (index: number): Pick<BoardFinding, 'target' | 'entry'> => ({ target: boards[index]!.target!, entry: entries[index]! });
  try {
    const job = { kind: 'deploy', recipe: { resolved }, entries, run: folder, ...(dryRun ? { dryRun } : {}) } as const;
    const documents = await runJob(work, title, job, resolved.model);
    for (const document of documents) for (const text of deployLines(document, dryRun)) work.line(text);
    if (dryRun) return 0;
    host.findings.set(
      file,
      'deploy',
      documents.flatMap((document, index) => [...toolFindings(document.findings, about(index)), ...failureOf(document, about(index))]),
    );
    host.runs.changed();
    void tellDeployed(host, documents, folder);
    return documents.find(({ error }) => error)?.error?.exitCode ?? 0;
  } catch (error) {
    if (!dryRun) host.findings.set(file, 'deploy', failureFinding(error, about(0)));
    throw error;
  }
}

/** An entry that failed keeps no other from being done: why stands in its document, where no tool has said so already. */
function failureOf({ error, findings }: DeployDocument, place: Pick<BoardFinding, 'target' | 'entry'>): BoardFinding[] {
  if (!error || findings.some(({ severity }) => severity === 'error')) return [];
  const { code, message, hint } = error;
  return [{ severity: 'error', message, code, layers: [], ...(hint === undefined ? {} : { hint }), ...place }];
}
