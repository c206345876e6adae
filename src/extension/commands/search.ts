import path from 'node:path';
import * as vscode from 'vscode';
import { modelFileOf } from '../../engine/recipe/composed-file.ts';
import type { SearchBudget } from '../../protocol/job.ts';
import type { Host } from '../host.ts';
import { searchSummary } from '../jobs/wording.ts';
import { pickRecipe } from '../pick-file.ts';
import { preparedRecipe } from '../recipe/run-recipe.ts';
import { openReport } from '../runs/report.ts';
import { runsFolder } from '../settings.ts';

interface BudgetItem extends vscode.QuickPickItem {
  budget: SearchBudget | 'ask';
}

const budgets: BudgetItem[] = [
  {
    label: 'Half of the bytes',
    description: 'of the weights at 8 bits',
    detail: 'The layers that bear it get 4 bits and less. Smallest error for that size.',
    budget: { kind: 'bytes', value: 50, percent: true },
  },
  {
    label: 'Three quarters of the bytes',
    description: 'of the weights at 8 bits',
    detail: 'Careful: only what hardly hurts goes below 8 bits.',
    budget: { kind: 'bytes', value: 75, percent: true },
  },
  {
    label: 'Half of the bit operations',
    description: 'multiply-adds × bits of weights × bits of activations, of those at 8 bits',
    detail: 'For boards that compute faster with fewer bits.',
    budget: { kind: 'bit-operations', value: 50, percent: true },
  },
  {
    label: 'Least bytes for a loss of 1',
    description: "in the metric's unit: per cent points, dB",
    detail: 'As small as it goes while the loss on validation pictures stays below the limit.',
    budget: { kind: 'drop', value: 1 },
  },
  { label: 'Another budget…', detail: 'A share of the bytes, in per cent.', budget: 'ask' },
];

/** A width for each layer under a budget: asks for the budget, searches, opens the recipe that was found. Throws LatheError. */
export async function searchMixedPrecision(host: Host, given: vscode.Uri | undefined): Promise<void> {
  const file = await pickRecipe(given);
  if (!file) return;
  const title = `Search mixed precision: ${path.basename(file.fsPath)}`;
  const chosen = await vscode.window.showQuickPick(budgets, { ignoreFocusOut: true, title, placeHolder: 'What may it cost?' });
  const budget = chosen?.budget === 'ask' ? await askShare(title) : chosen?.budget;
  if (!budget) return;
  const prepared = await preparedRecipe(file);
  if (!prepared) return;
  const model = modelFileOf(prepared.resolved);
  const recipe = { text: prepared.text, file: file.fsPath, runs: runsFolder(file) };
  const result = await host.jobs.run(title, { kind: 'search', recipe, budget, method: 'knapsack' }, model);
  for (const warning of result.warnings) host.output.warn(warning);
  const found = vscode.Uri.file(result.recipe);
  await vscode.window.showTextDocument(found, { preview: false, viewColumn: vscode.ViewColumn.Beside });
  if (model !== undefined) host.overlays.refresh(vscode.Uri.file(model));
  const report = 'Report';
  // The notification stays until it is answered: nobody waits for it.
  void vscode.window.showInformationMessage(searchSummary(result), report).then(async (pressed) => {
    if (pressed === report) await openReport(vscode.Uri.file(result.report));
  });
}

async function askShare(title: string): Promise<SearchBudget | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: 'Bytes of all weights, in per cent of what they take at 8 bits',
    value: '60',
    ignoreFocusOut: true,
    validateInput: (value) => (validShare(value) ? undefined : 'A number above 0 and below 400: 100 is every layer at 8 bits, 50 at 4.'),
  });
  return text === undefined ? undefined : { kind: 'bytes', value: Number(text), percent: true };
}

const validShare = (text: string): boolean => text.trim() !== '' && Number(text) > 0 && Number(text) < 400;
