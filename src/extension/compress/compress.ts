import path from 'node:path';
import * as vscode from 'vscode';
import { pointToRecipe, recipeOfChain } from '../commands/chain-jobs.ts';
import type { Host } from '../host.ts';
import { pickModel } from '../pick-file.ts';
import { runRecipe } from '../recipe/run-recipe.ts';
import { runsFolder } from '../settings.ts';
import { askEpochs, trainsOnDemand } from './ask-epochs.ts';
import { askTeacher } from './ask-teacher.ts';
import { checkInput } from './check-input.ts';
import { methodChoices, targetChoices, type MethodChoice, type TargetChoice } from './choices.ts';
import { ask, askAll, keep, type back } from './pick.ts';
import { askHowFar, forRepair, pruningSettings } from './ask-pruning.ts';
import { askPictures, type WithoutPictures } from './pick-pictures.ts';
import type { FoundPictures } from './pictures.ts';
import { recipeOf, saveRecipe, type Answers } from './recipe-file.ts';

interface Chosen {
  target?: TargetChoice;
  method?: MethodChoice;
  pictures?: FoundPictures | 'none';
  /** Absolute. */
  teacher?: string;
  epochs?: number;
}

const lastTargetKey = 'compress.target';
const lastMethodKey = 'compress.method';

/**
 * From a model to a finished job: for what, how, with which pictures, how they become the input; then the recipe is written and run.
 * `fixedMethod` answers the second question beforehand; `layers` are names of layers that a preview begins with. Resolves when the job has ended or the user turned away. Throws LatheError.
 */
export async function compress(host: Host, given: vscode.Uri | undefined, fixedMethod?: string, layers?: readonly string[]): Promise<void> {
  const model = await pickModel(given, 'Compress which model?');
  const chain = model && (await recipeOfChain(host, model));
  if (chain) return pointToRecipe(chain);
  const made = model && (await makeRecipe(host, model, `Compress ${path.basename(model.fsPath)}`, fixedMethod, layers));
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
  layers: readonly string[] = [],
): Promise<{ recipe: vscode.Uri; method: MethodChoice } | undefined> {
  const memory = host.context.globalState;
  const fixed = methodChoices(undefined).find(({ id }) => id === fixedMethod);
  const questions = questionsFor(memory, model, title, fixed);
  const chosen = await askAll<Chosen>({ method: fixed }, questions);
  if (!chosen?.target || !chosen.method || !chosen.pictures) return undefined;
  await memory.update(lastTargetKey, chosen.target.id);
  await memory.update(lastMethodKey, chosen.method.id);
  const recipe = await writeRecipeFile(host, model, chosen.target, chosen.method, { ...chosen, layers });
  return recipe && { recipe, method: chosen.method };
}

type Asking = (chosen: Chosen) => Promise<boolean | typeof back>;

/** For what, how, with which pictures, and what the method needs beside; `fixed` is known already. */
function questionsFor(memory: vscode.Memento, model: vscode.Uri, title: string, fixed: MethodChoice | undefined): Asking[] {
  const before = fixed ? 1 : 2;
  const place = (chosen: Chosen, step: number) => ({ title, step, steps: before + 1 + (chosen.method?.asks?.length ?? 0) });
  const forWhat: Asking = async (chosen) => {
    const items = targetChoices(memory.get(lastTargetKey)).map((choice) => ({ label: choice.label, detail: choice.detail, choice }));
    return keep(await ask({ ...place(chosen, 1), placeholder: 'For what?', items }), ({ choice }) => (chosen.target = choice));
  };
  const how: Asking = async (chosen) => {
    const methods = methodChoices(memory.get(lastMethodKey), chosen.target?.target);
    const items = methods.map((choice) => ({ label: choice.label, detail: choice.detail, choice }));
    return keep(await ask({ title, step: 2, steps: 3, placeholder: 'How?', items }), ({ choice }) => (chosen.method = choice));
  };
  const withWhich: Asking = async (chosen) =>
    keep(await askPictures(model, withoutPictures(chosen.method!), place(chosen, before + 1)), (pictures) => (chosen.pictures = pictures));
  const further =
    (at: number): Asking =>
    async (chosen) => {
      const asked = chosen.method?.asks?.[at];
      const here = place(chosen, before + 2 + at);
      if (asked === 'teacher') return keep(await askTeacher(model, here), (teacher) => (chosen.teacher = teacher));
      if (asked === 'epochs' && chosen.pictures === 'none' && trainsOnDemand(chosen.method!.step.name)) return true;
      if (asked === 'epochs') return keep(await askEpochs(chosen.method!.step.name, here), ({ epochs }) => (chosen.epochs = epochs));
      return true;
    };
  return [forWhat, ...(fixed ? [] : [how]), withWhich, further(0), further(1)];
}

function withoutPictures({ learns, labels, pictures, prunes }: MethodChoice): WithoutPictures {
  if (prunes) return 'not-repaired';
  if (learns) return labels ? 'needed-with-labels' : 'needed';
  return pictures ? 'weights-only' : 'not-measured';
}

/** The recipe of the answers, in the runs folder; undefined when the user turned away from the input settings or the preview. */
async function writeRecipeFile(
  host: Host,
  model: vscode.Uri,
  { target }: TargetChoice,
  method: MethodChoice,
  { pictures: chosen, teacher, epochs = 0, layers }: Chosen & { layers: readonly string[] },
): Promise<vscode.Uri | undefined> {
  const pictures = chosen === 'none' ? undefined : chosen;
  const { name, settings } = (pictures ? undefined : method.stepWithoutPictures) ?? method.step;
  const training = epochs === 0 ? {} : trainsOnDemand(name) ? { finetune: { epochs } } : { epochs };
  const step = { name, settings: { ...settings, ...training } };
  // What a cut takes is repaired on some pictures before all of them train it.
  const trainsBehind = trainsOnDemand(name) && epochs > 0;
  const answers: Answers = {
    model: model.fsPath,
    target,
    step,
    ...(teacher === undefined ? {} : { teacher }),
    chooses: name === 'auto' || trainsBehind,
    learns: method.learns === true || trainsBehind,
  };
  if (pictures) {
    const input = await checkInput(host, model, pictures);
    if (!input) return undefined;
    const { calibration, test, available } = pictures.choice;
    const gathered = method.prunes ? forRepair(calibration, available) : calibration;
    answers.data = {
      folder: pictures.folder,
      calibration: gathered,
      input,
      ...(test ? { test } : {}),
      ...(available ? { available } : {}),
    };
  }
  if (method.prunes) {
    const howFar = await askHowFar(host, model, target, layers);
    if (!howFar) return undefined;
    const chosenSettings = pruningSettings(howFar);
    answers.step = { name, settings: { ...chosenSettings.settings, ...step.settings } };
    answers.layers = chosenSettings.layers;
  }
  const folder = runsFolder(model);
  return saveRecipe(recipeOf(answers, folder), model.fsPath, folder);
}
