import path from 'node:path';
import * as vscode from 'vscode';
import { writeRecipe } from '../../engine/recipe/write.ts';
import type { RecipeRequest } from '../../protocol/job.ts';
import type { PruningSensitivityDocument } from '../../protocol/results/prune.ts';
import { forRepair } from '../compress/ask-pruning.ts';
import { checkInput } from '../compress/check-input.ts';
import { askPictures } from '../compress/pick-pictures.ts';
import { recipeOf } from '../compress/recipe-file.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { Host } from '../host.ts';
import { pickModel } from '../pick-file.ts';
import { analyzableRecipe, recipeOfChain } from '../commands/chain-jobs.ts';
import { runsFolder } from '../settings.ts';

/** Parts of the channels that are removed from one group at a time. */
const parts = [0.125, 0.25, 0.5, 0.75];

/** Multiply-adds that the suggested widths leave. */
const goal = 0.5;

/**
 * Measures what removing channels of single groups does: asks for pictures, shows the figures as overlays in the model's editor, and keeps the curves for the preview of pruning.
 * Resolves when they are there or the user turned away. Throws LatheError.
 */
export async function analyzePruning(host: Host, given: vscode.Uri | undefined): Promise<void> {
  const model = await pickModel(given, 'Analyze which model?');
  if (!model) return;
  const title = `Sensitivity of ${path.basename(model.fsPath)} to pruning`;
  const chain = await recipeOfChain(host, model);
  const request = chain ? { resolved: await analyzableRecipe(chain, 'prune') } : await askedFor(host, model, title);
  if (!request) return;
  const job = { kind: 'pruning-sensitivity' as const, recipe: request, metric: 'sqnr' as const, parts, macs: goal };
  const found = await host.jobs.run(title, job, model.fsPath);
  for (const warning of found.warnings) host.output.warn(warning);
  await vscode.commands.executeCommand('vscode.openWith', model, ModelEditor.viewType, { preview: false });
  await host.overlays.keepPruning(model, found);
  const prune = 'Prune…';
  void vscode.window.showInformationMessage(`${path.basename(model.fsPath)}: ${sensitivitySummary(found)}`, prune).then((pressed) => {
    if (pressed === prune) void vscode.commands.executeCommand('lathe.prune', model);
  });
}

/** A recipe of one step, for pictures that a person chooses; undefined when the person turned away. */
async function askedFor(host: Host, model: vscode.Uri, title: string): Promise<RecipeRequest | undefined> {
  const pictures = await askPictures(model, 'needed', { title, step: 1, steps: 1 });
  if (!pictures || typeof pictures !== 'object') return undefined;
  const input = await checkInput(host, model, pictures);
  if (!input) return undefined;
  const { calibration, available } = pictures.choice;
  const folder = runsFolder(model);
  const answers = {
    model: model.fsPath,
    target: 'cpu',
    step: { name: 'prune', settings: {} },
    chooses: true,
    data: { folder: pictures.folder, calibration: forRepair(calibration, available), input, ...(available ? { available } : {}) },
  };
  const recipe = { ...recipeOf(answers, folder), ...(calibration.labels ? { task: 'classification' as const } : {}) };
  return { text: writeRecipe(recipe), file: path.join(folder, 'pruning.compress.yaml'), runs: folder };
}

/** "12 groups on 64 pictures in 20 s · most sensitive /conv1 · half of the multiply-adds: up to 75 % of a group". */
export function sensitivitySummary({ groups, samples, seconds, suggestion }: PruningSensitivityDocument): string {
  const [worst] = groups;
  const parts = [`${groups.length} groups on ${samples} pictures in ${Math.max(1, Math.round(seconds))} s`];
  if (worst) parts.push(`most sensitive ${worst.name.slice(0, 80)}`);
  parts.push(`suggested widths leave ${Math.round(100 * suggestion.macs)} % of the multiply-adds`);
  return parts.join(' · ');
}
