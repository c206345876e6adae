import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { Host } from '../host.ts';
import { pickModel } from '../pick-file.ts';
import { runRecipe } from '../recipe/run-recipe.ts';
import { runsFolder } from '../settings.ts';
import type { DataChoice } from './datasets.ts';
import { ask, askAll, back } from './pick.ts';
import type { FoundPictures } from './pictures.ts';
import type { MethodChoice, TargetChoice } from './choices.ts';

interface Chosen {
  target?: TargetChoice;
  method?: MethodChoice;
  /** null: weights only. */
  pictures?: FoundPictures | null;
}

const lastTargetKey = 'compress.target';
const lastMethodKey = 'compress.method';

/**
 * From a model to a running job: for what, how, with which pictures, how they become the input; then the recipe is written and run.
 * `method` answers the second question beforehand. Resolves when the job has ended or the user turned away.
 */
export async function compress(host: Host, given: vscode.Uri | undefined, method?: string): Promise<void> {
  const model = await pickModel(given, 'Compress which model?');
  if (!model) return;
  const title = `Compress ${path.basename(model.fsPath)}`;
  const [{ methodChoices, targetChoices }, pictures] = await Promise.all([import('./choices.ts'), import('./pictures.ts')]);
  const memory = host.context.globalState;
  const methods = methodChoices(memory.get(lastMethodKey));
  const fixed = methods.find(({ id }) => id === method);
  const found = pictures.findPictures(model);
  const steps = fixed ? 2 : 3;

  const askTarget = async (chosen: Chosen): Promise<boolean | typeof back> => {
    const items = targetChoices(memory.get(lastTargetKey)).map((choice) => ({ ...choice, choice }));
    return accept(await ask({ title, step: 1, steps, placeholder: 'For what?', items }), ({ choice }) => (chosen.target = choice));
  };
  const askMethod = async (chosen: Chosen): Promise<boolean | typeof back> => {
    const items = methods.map((choice) => ({ label: choice.label, detail: choice.detail, choice }));
    return accept(await ask({ title, step: 2, steps, placeholder: 'How?', items }), ({ choice }) => (chosen.method = choice));
  };
  const askPictures = async (chosen: Chosen): Promise<boolean | typeof back> => {
    const choice = chosen.method ?? fixed;
    if (choice && !choice.pictures && choice.id !== 'edit') {
      // Nothing is measured on the way, yet pictures with labels still tell what it cost.
      chosen.pictures = (await found).find(({ choice: data }) => data.test) ?? null;
      return true;
    }
    return choosePictures(title, steps, found, chosen);
  };
  const questions = fixed ? [askTarget, askPictures] : [askTarget, askMethod, askPictures];
  const chosen = await askAll<Chosen>(fixed ? { method: fixed } : {}, questions);
  if (!chosen?.target || !chosen.method) return;
  await memory.update(lastTargetKey, chosen.target.id);
  await memory.update(lastMethodKey, chosen.method.id);
  await writeAndRun(host, model, chosen.target, chosen.method, chosen.pictures ?? undefined);
}

/** Sets an answer and goes on; hands "back" through; false when the user turned away. */
function accept<Item extends object>(answer: Item | typeof back | undefined, take: (item: Item) => void): boolean | typeof back {
  if (answer === back) return back;
  if (!answer) return false;
  take(answer);
  return true;
}

interface PictureItem extends vscode.QuickPickItem {
  id: 'found' | 'browse' | 'none';
  found?: FoundPictures;
}

async function choosePictures(
  title: string,
  steps: number,
  found: Promise<FoundPictures[]>,
  chosen: Chosen,
): Promise<boolean | typeof back> {
  const items = found.then((all): PictureItem[] => [
    ...all.map((one) => ({ id: 'found' as const, label: `$(folder) ${one.choice.label}`, ...words(one.choice), found: one })),
    { id: 'browse', label: '$(folder-opened) Browse…', detail: 'Another folder on this machine.' },
    { id: 'none', label: '$(circle-slash) None: weights only', detail: 'Smaller file, arithmetic stays in float, nothing is measured.' },
  ]);
  const answer = await ask({ title, step: steps, steps, placeholder: 'With which pictures?', items });
  if (answer === back || answer === undefined) return answer ?? false;
  if (answer.id === 'none') {
    chosen.pictures = null;
    return true;
  }
  chosen.pictures = answer.found ?? (await browse());
  return chosen.pictures !== undefined;
}

const words = (choice: DataChoice): { description: string; detail?: string } => ({
  description: choice.description,
  ...(choice.test ? { detail: 'Ranges from one part, figures before and after from the other.' } : {}),
});

async function browse(): Promise<FoundPictures | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: 'Use These Pictures' })) ?? [];
  if (!folder) return undefined;
  const { picturesBelow } = await import('./pictures.ts');
  const [found] = await picturesBelow(folder.fsPath);
  if (found) return found;
  throw new LatheError('data.empty', 'there are no pictures in this folder', {
    file: folder.fsPath,
    hint: 'PNG, JPEG, WebP, BMP and PPM are read.',
  });
}

async function writeAndRun(
  host: Host,
  model: vscode.Uri,
  target: TargetChoice,
  method: MethodChoice,
  pictures: FoundPictures | undefined,
): Promise<void> {
  const [{ recipeOf, saveRecipe }, { checkInput }] = await Promise.all([import('./recipe-file.ts'), import('./check-input.ts')]);
  const settings = pictures ? await checkInput(host, model, pictures) : undefined;
  if (pictures && !settings) return; // closed without an answer
  const step = method.step ?? { name: 'quantize', settings: {} };
  // Without pictures there are no ranges: only the weights can be rounded.
  const weightsOnly = !pictures && (method.pictures || method.id === 'edit');
  const folder = runsFolder(model);
  const recipe = recipeOf(
    {
      model: model.fsPath,
      target: target.target,
      step: weightsOnly ? { name: step.name, settings: { ...step.settings, activations: undefined, method: 'weight-only' } } : step,
      ...(pictures && settings ? { data: { folder: pictures.folder, ...pictures.choice, input: settings } } : {}),
    },
    folder,
  );
  const file = await saveRecipe(recipe, model.fsPath, folder);
  if (method.id === 'edit') await vscode.window.showTextDocument(file, { preview: false });
  else await runRecipe(host, file);
}
