import path from 'node:path';
import * as vscode from 'vscode';
import type { Host } from '../host.ts';
import { pickModel } from '../pick-file.ts';
import { runRecipe } from '../recipe/run-recipe.ts';
import { runsFolder } from '../settings.ts';
import { checkInput } from './check-input.ts';
import { methodChoices, targetChoices, type MethodChoice, type TargetChoice } from './choices.ts';
import { ask, askAll, back, keep } from './pick.ts';
import { askPictures } from './pick-pictures.ts';
import type { FoundPictures } from './pictures.ts';
import { recipeOf, saveRecipe, type Answers } from './recipe-file.ts';

interface Chosen {
  target?: TargetChoice;
  method?: MethodChoice;
  pictures?: FoundPictures | 'none';
}

const lastTargetKey = 'compress.target';
const lastMethodKey = 'compress.method';

/**
 * From a model to a finished job: for what, how, with which pictures, how they become the input; then the recipe is written and run.
 * `fixedMethod` answers the second question beforehand. Resolves when the job has ended or the user turned away. Throws LatheError.
 */
export async function compress(host: Host, given: vscode.Uri | undefined, fixedMethod?: string): Promise<void> {
  const model = await pickModel(given, 'Compress which model?');
  const made = model && (await makeRecipe(host, model, `Compress ${path.basename(model.fsPath)}`, fixedMethod));
  if (!made) return;
  if (made.method.runs) await runRecipe(host, made.recipe);
  else await vscode.window.showTextDocument(made.recipe, { preview: false });
}

/** The questions and the recipe that the answers make, in the runs folder; undefined when the user turned away. Throws LatheError. */
export async function makeRecipe(
  host: Host,
  model: vscode.Uri,
  title: string,
  fixedMethod?: string,
): Promise<{ recipe: vscode.Uri; method: MethodChoice } | undefined> {
  const memory = host.context.globalState;
  const fixed = methodChoices(undefined).find(({ id }) => id === fixedMethod);
  const place = { title, steps: fixed ? 2 : 3 };

  const forWhat = async (chosen: Chosen): Promise<boolean | typeof back> => {
    const items = targetChoices(memory.get(lastTargetKey)).map((choice) => ({ label: choice.label, detail: choice.detail, choice }));
    const answer = await ask({ ...place, step: 1, placeholder: 'For what?', items });
    return keep(answer, ({ choice }) => (chosen.target = choice));
  };
  const how = async (chosen: Chosen): Promise<boolean | typeof back> => {
    const methods = methodChoices(memory.get(lastMethodKey), chosen.target?.target);
    const items = methods.map((choice) => ({ label: choice.label, detail: choice.detail, choice }));
    const answer = await ask({ ...place, step: 2, placeholder: 'How?', items });
    return keep(answer, ({ choice }) => (chosen.method = choice));
  };
  const withWhich = async (chosen: Chosen): Promise<boolean | typeof back> => {
    if (!chosen.method) return back;
    const without = chosen.method.pictures ? 'weights-only' : 'not-measured';
    return keep(await askPictures(model, without, { ...place, step: place.steps }), (pictures) => (chosen.pictures = pictures));
  };
  const { target, method, pictures } =
    (await askAll<Chosen>({ method: fixed }, fixed ? [forWhat, withWhich] : [forWhat, how, withWhich])) ?? {};
  if (!target || !method || !pictures) return undefined;
  await memory.update(lastTargetKey, target.id);
  await memory.update(lastMethodKey, method.id);
  const recipe = await writeRecipeFile(host, model, target, method, pictures === 'none' ? undefined : pictures);
  return recipe && { recipe, method };
}

/** The recipe of the answers, in the runs folder; undefined when the user turned away from the input settings. */
async function writeRecipeFile(
  host: Host,
  model: vscode.Uri,
  target: TargetChoice,
  method: MethodChoice,
  pictures: FoundPictures | undefined,
): Promise<vscode.Uri | undefined> {
  const step = pictures ? method.step : method.stepWithoutPictures;
  const answers: Answers = { model: model.fsPath, target: target.target, step, chooses: step.name === 'auto' };
  if (pictures) {
    const input = await checkInput(host, model, pictures);
    if (!input) return undefined;
    const { calibration, test, available } = pictures.choice;
    answers.data = { folder: pictures.folder, calibration, input, ...(test ? { test } : {}), ...(available ? { available } : {}) };
  }
  const folder = runsFolder(model);
  return saveRecipe(recipeOf(answers, folder), model.fsPath, folder);
}
