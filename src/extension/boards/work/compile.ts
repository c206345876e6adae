import path from 'node:path';
import { LatheError } from '../../../engine/base/errors.ts';
import type { CompileSettings } from '../../../engine/targets/deploy-settings.ts';
import type { DataRequest } from '../../../protocol/job.ts';
import type { CompileDocument, ToolFinding } from '../../../protocol/results/board.ts';
import { failureFinding, toolFindings, type BoardFinding } from '../findings/findings.ts';
import { pickTarget } from '../pick-target.ts';
import { tellCompiled } from '../tell.ts';
import { bold, compileLines, plain } from '../text.ts';
import { entriesOf, finishedRun, recipeOf, type TaskRecipe } from './recipe.ts';
import { placeOf, runJob, type Work } from './work.ts';

interface Wanted {
  readonly target: string;
  readonly settings: CompileSettings;
  /** Position in `deploy:`. */
  readonly entry?: number;
  /** Pictures of the recipe, for compilers that calibrate by themselves. */
  readonly calibration?: DataRequest;
}

/** Task `compile`: a model, or the result of a recipe, by the compilers of its boards. */
export async function compileWork(work: Work): Promise<number> {
  const { task } = work;
  if (task.recipe !== undefined) {
    const recipe = await recipeOf(work);
    const wanted = await wantedOf(work, recipe);
    const { folder, model } = await finishedRun(work, recipe);
    work.line(`Result of the run ${plain(path.basename(folder))}`);
    await compileAll(work, model, wanted, recipe.file);
    return 0;
  }
  const { compileSettingsOf } = await import('../abilities.ts');
  const model = placeOf(work, task.model!);
  const target = task.target ?? (await pickTarget('compile'));
  if (target === undefined) return 130;
  await compileAll(work, model, [{ target, settings: compileSettingsOf(task.compile) }], model);
  return 0;
}

/** The boards of a recipe that have a compiler, with its settings there; those of the task go before them. */
async function wantedOf({ task }: Work, recipe: TaskRecipe): Promise<Wanted[]> {
  const { compileSettingsOf, compileTargets } = await import('../abilities.ts');
  const { resolved, file } = recipe;
  const entries = entriesOf(recipe, task.entry).filter(
    (index) => task.target === undefined || resolved.deploy![index]!.target === task.target,
  );
  const { calibration: source, input } = resolved.data;
  const pictures = source && { calibration: { source, folder: resolved.folder, ...(input ? { input } : {}) } };
  const ofEntries = entries.map((entry): Wanted => {
    const { target, compile } = resolved.deploy![entry]!;
    return { target: target!, settings: compileSettingsOf({ ...compile, ...task.compile }), entry, ...pictures };
  });
  const wanted = ofEntries.length
    ? ofEntries
    : [{ target: task.target ?? resolved.target, settings: compileSettingsOf(task.compile), ...pictures }];
  const able = wanted.filter(({ target }) => compileTargets.has(target));
  if (able.length) return able;
  const names = [...new Set(wanted.map(({ target }) => target))].join(', ');
  throw new LatheError('compile.target', `${names} runs the model as it is: there is nothing to compile`, {
    file,
    hint: 'Deploy it, or name another target.',
  });
}

/** `about`: the file that findings are shown in. */
async function compileAll(work: Work, model: string, wanted: readonly Wanted[], about: string): Promise<void> {
  const { task, host } = work;
  const dryRun = task.dryRun ?? false;
  const found: BoardFinding[] = [];
  const tell = (): void => (dryRun ? undefined : host.findings.set(about, 'compile', found));
  tell();
  for (const one of wanted) {
    const place = { target: one.target, model, ...(one.entry === undefined ? {} : { entry: one.entry }) };
    // What the tool says while it runs is kept where it fails.
    let said: readonly ToolFinding[] = [];
    let failure: BoardFinding[] = [];
    try {
      const document = await compile(work, model, one, wanted.length > 1, (partial) => (said = partial));
      said = document.findings;
      if (!dryRun) void tellCompiled(host, one.target, document);
    } catch (error) {
      failure = failureFinding(error, place);
      throw error;
    } finally {
      // The failure is the tool's own words, where it had some.
      const errors = said.some(({ severity }) => severity === 'error');
      found.push(...toolFindings(said, place), ...(errors ? [] : failure));
      tell();
    }
  }
}

async function compile(
  work: Work,
  model: string,
  { target, settings, calibration }: Wanted,
  several: boolean,
  onFindings: (findings: readonly ToolFinding[]) => void,
): Promise<CompileDocument> {
  const { task } = work;
  if (several) work.line(bold(`For ${plain(target)}`));
  const job = {
    kind: 'compile',
    model,
    target,
    settings,
    ...(calibration ? { calibration } : {}),
    ...(task.output === undefined ? {} : { folder: placeOf(work, task.output) }),
    ...(task.dryRun ? { dryRun: true } : {}),
  } as const;
  const document = await runJob(
    work,
    `Compile ${path.basename(model)} for ${target}`,
    job,
    model,
    ({ findings }) => findings && onFindings(findings),
  );
  for (const text of compileLines(document, task.dryRun ?? false)) work.line(text);
  return document;
}
