import path from 'node:path';
import * as vscode from 'vscode';
import type { InputDeclaration } from '../../engine/data/source.ts';
import { measuredPictures } from '../../engine/recipe/measured-pictures.ts';
import type { EvaluateJob } from '../../protocol/job.ts';
import { checkInput } from '../compress/check-input.ts';
import { findPictures, type FoundPictures } from '../compress/pictures.ts';
import type { Host } from '../host.ts';
import { evaluateSummary } from '../jobs/wording.ts';
import { pickModel } from '../pick-file.ts';
import type { OpenRecipe } from '../steering/recipes.ts';
import { analyzableRecipe, recipeOfChain } from './chain-jobs.ts';

/** Measures a model on labelled pictures and says the figures in a notification. */
export async function evaluateModel(host: Host, given: vscode.Uri | undefined): Promise<void> {
  const model = await pickModel(given, 'Evaluate which model?');
  if (!model) return;
  const name = path.basename(model.fsPath);
  const chain = await recipeOfChain(host, model);
  const asked = chain ? await ofRecipe(chain) : await askedFor(host, model, name);
  if (!asked) return;
  const job: EvaluateJob = { kind: 'evaluate', model: model.fsPath, seed: 0, latency: { runs: 50, warmUp: 10 }, ...asked };
  const result = await host.jobs.run(`Evaluate ${name}`, job, model.fsPath);
  if (!('metric' in result)) return;
  for (const warning of result.warnings) host.output.warn(warning);
  host.output.info(`${name}: ${evaluateSummary(result)}`);
  const show = 'Show Output';
  const shown = vscode.window.showInformationMessage(`${name}: ${evaluateSummary(result)}`, show);
  void shown.then((pressed) => pressed === show && host.output.show());
}

type Asked = Pick<EvaluateJob, 'task' | 'data'> & Partial<Pick<EvaluateJob, 'seed'>>;

/** The models of a chain are measured as their recipe says. */
async function ofRecipe(recipe: OpenRecipe): Promise<Asked | undefined> {
  const resolved = await analyzableRecipe(recipe, 'quantize');
  const data = measuredPictures(resolved);
  if (data) return { task: resolved.task, data, seed: resolved.seed };
  void vscode.window.showInformationMessage(`${path.basename(recipe.uri.fsPath)} names no pictures: add data.test.`);
  return undefined;
}

async function askedFor(host: Host, model: vscode.Uri, name: string): Promise<Asked | undefined> {
  const pictures = await pickLabelled(model, name);
  const input = pictures && (await checkInput(host, model, pictures));
  if (!pictures || !input) return undefined;
  const source = pictures.choice.test ?? { ...pictures.choice.calibration, count: undefined };
  return { task: 'classification', data: { source, folder: pictures.folder, input: input satisfies InputDeclaration } };
}

async function pickLabelled(model: vscode.Uri, name: string): Promise<FoundPictures | undefined> {
  const items = findPictures(model).then((all) =>
    all
      .filter(({ choice }) => (choice.test ?? choice.calibration).labels)
      .map((found) => ({ label: `$(folder) ${found.choice.label}`, description: found.choice.description, found })),
  );
  if ((await items).length === 0) {
    const hint = 'Accuracy needs class folders or a labels.csv. Other tasks: Lathe: Run Recipe with data.test.';
    void vscode.window.showInformationMessage(`There are no labelled pictures in this workspace. ${hint}`);
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, title: `Evaluate ${name}`, placeHolder: 'On which pictures?' }))
    ?.found;
}
