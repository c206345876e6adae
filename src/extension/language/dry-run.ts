import path from 'node:path';
import * as vscode from 'vscode';
import type { Model } from '../../engine/onnx/graph.ts';
import { visible } from '../../protocol/format.ts';
import { planOutline, type PlanOutline } from '../../protocol/plan.ts';

const scheme = 'lathe-plan';

/** Plans of recipes as documents that nobody can change; asked for again they are shown anew. */
export class PlanDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions = [
    vscode.workspace.registerTextDocumentContentProvider(scheme, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => uri.scheme === scheme && this.#texts.delete(uri.toString())),
  ];

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? 'This plan is of an earlier session: ask for a dry run again.\n';
  }

  /** Shows what a recipe would do, or one of its steps alone; undefined step: all. Throws LatheError. */
  async show(recipe: vscode.Uri, step: number | undefined): Promise<void> {
    const prepared = await (await import('../recipe/run-recipe.ts')).preparedRecipe(recipe);
    if (!prepared) return;
    const [{ planCosts }, { removesChannels, stepsWithin }, { modelFacts }] = await Promise.all([
      import('../../engine/recipe/cost.ts'),
      import('../../engine/recipe/steps-within.ts'),
      import('../../engine/recipe/facts/model.ts'),
    ]);
    const { steps } = prepared.resolved;
    const resolved = { ...prepared.resolved, steps: steps.filter(({ index }) => step === undefined || index === step) };
    const models: [string | undefined, Model][] = prepared.model ? [[undefined, prepared.model]] : [...(prepared.models ?? [])];
    const prunes = resolved.steps.some(removesChannels);
    const costs = models.flatMap(([alias, model]) =>
      planCosts(stepsWithin(resolved, alias), modelFacts(model, { file: '', bytes: 0 }, { pruning: prunes }), alias),
    );
    const alone = step === undefined ? '' : ` (step ${step + 1} only)`;
    const uri = vscode.Uri.from({
      scheme,
      path: `${recipe.path.replace(/\.compress\.(ya?ml|json)$/i, '')}.plan.txt`,
      query: String(step ?? ''),
    });
    const title = `Dry run of ${path.basename(recipe.fsPath)}${alone}: nothing was run.`;
    this.#texts.set(uri.toString(), `${title}\n\n${layOut(planOutline(resolved, costs))}\n`);
    this.#changed.fire(uri);
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
  }

  dispose(): void {
    for (const disposable of [...this.#subscriptions, this.#changed]) disposable.dispose();
  }
}

function layOut({ facts, columns, rows, settings }: PlanOutline): string {
  const words = Math.max(...facts.map(([word]) => word.length));
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(visible))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const table = lines.map((line) =>
    line.map((cell, i) => (columns[i]!.align === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  '),
  );
  return [...facts.map(([word, text]) => `${word.padEnd(words)}  ${visible(text)}`), '', ...table, '', ...settings.map(visible)].join('\n');
}
