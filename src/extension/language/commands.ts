import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import { recipeCommands } from '../../protocol/language.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import { pickRecipe } from '../pick-file.ts';
import { outputOf } from '../runs/words.ts';
import { PlanDocuments } from './dry-run.ts';

/** `detail`: position of the step that it is about, or folder of the run. */
type Command = (host: Host, recipe: vscode.Uri, detail: unknown) => Promise<unknown>;

/** What lenses of recipes call, and the palette for the recipe that is open. */
export function registerRecipeCommands(host: Host): vscode.Disposable[] {
  const plans = new PlanDocuments();
  const commands: Readonly<Record<string, [what: string, run: Command]>> = {
    [recipeCommands.run]: ['Run recipe', run],
    [recipeCommands.dryRun]: ['Dry run', (_, recipe, detail) => plans.show(recipe, stepOf(detail))],
    [recipeCommands.analyze]: ['Analyze', async (_, recipe) => (await import('./analyze-recipe.ts')).analyzeRecipe(host, recipe)],
    [recipeCommands.showChain]: [
      'Show the chain',
      async (_, recipe) => (await import('../recipe/composed-model.ts')).showChain(host, recipe),
    ],
    [recipeCommands.compareWithLastRun]: ['Compare with last run', compareWithLastRun],
  };
  return [
    plans,
    ...Object.entries(commands).map(([id, [what, command]]) =>
      vscode.commands.registerCommand(id, (given?: unknown, detail?: unknown) =>
        reporting(host.output, what, async () => {
          const recipe = await pickRecipe(uriOf(given));
          if (recipe) await command(host, recipe, detail);
        }),
      ),
    ),
  ];
}

/** Lenses come from the server with addresses as text. */
const uriOf = (given: unknown): vscode.Uri | undefined =>
  typeof given === 'string' ? vscode.Uri.parse(given) : given instanceof vscode.Uri ? given : undefined;

const stepOf = (detail: unknown): number | undefined => (typeof detail === 'number' ? detail : undefined);

async function run(host: Host, recipe: vscode.Uri, detail: unknown): Promise<void> {
  await (await import('../recipe/run-recipe.ts')).runRecipe(host, recipe, stepOf(detail));
}

/** The model before and after the newest finished run of the recipe, or the run that the lens told of. */
async function compareWithLastRun(host: Host, recipe: vscode.Uri, detail: unknown): Promise<void> {
  const runs = typeof detail === 'string' ? [await host.runs.read(detail)] : await host.runs.list();
  const last = runs.find((one) => one.recipe === recipe.fsPath && one.status === 'finished' && one.model !== undefined && outputOf(one));
  const output = last && outputOf(last);
  if (!last || last.model === undefined || !output) {
    throw new LatheError('run.none', 'this recipe has no finished run to compare with', { file: recipe.fsPath, hint: 'Run it first.' });
  }
  await vscode.commands.executeCommand('lathe.compare', vscode.Uri.file(last.model), vscode.Uri.file(output.path), last.folder);
}
