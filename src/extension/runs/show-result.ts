import * as vscode from 'vscode';
import type { RunDocument } from '../../protocol/results/run.ts';
import { ModelEditor } from '../editor/model-editor.ts';
import type { Host } from '../host.ts';
import { runSummary } from '../jobs/wording.ts';
import { openReport } from './report.ts';
import { tryNext } from './try-next.ts';

/** What a run was made of; `model`: of a chain its models as one; absent where they stand alone. */
interface RunOrigin {
  readonly recipe: vscode.Uri;
  readonly model: vscode.Uri | undefined;
}

/** The result beside the original, the recipe as text behind it, and one notification with the figures. */
export async function showResult(host: Host, run: RunDocument, from: RunOrigin): Promise<void> {
  const result = outputModel(run);
  for (const warning of run.warnings) host.output.warn(warning);
  if (from.model) {
    await vscode.commands.executeCommand('vscode.openWith', from.model, ModelEditor.viewType, {
      viewColumn: vscode.ViewColumn.One,
      preview: false,
    });
  }
  const beside = vscode.ViewColumn.Two;
  await vscode.window.showTextDocument(from.recipe, { viewColumn: beside, preview: false });
  if (result) {
    const uri = vscode.Uri.file(result.path);
    await vscode.commands.executeCommand('vscode.openWith', uri, ModelEditor.viewType, { viewColumn: beside, preview: false });
  }
  // The notification stays until it is answered: nobody waits for it.
  void offerResult(host, run, from);
}

const outputModel = (run: RunDocument): RunDocument['models'][number] | undefined => run.models.findLast(({ role }) => role === 'output');

/** The notification alone: the figures, and where to go from there; for a board also onto it. */
export async function offerResult(host: Host, run: RunDocument, from: RunOrigin): Promise<void> {
  const output = outputModel(run);
  const result = output && vscode.Uri.file(output.path);
  const onto = output ? await nextForBoard(from.recipe) : undefined;
  const [compare, report, recipe] = ['Compare', 'Report', 'Open Recipe'];
  const warned = run.warnings.length ? ` · ${run.warnings.length} warning${run.warnings.length > 1 ? 's' : ''} in the output` : '';
  const advice = run.next ? ` · ${run.next.text}` : '';
  const tryIt = run.next && (run.next.layers ?? run.next.set) ? ['Try This'] : [];
  const show = run.gate && !run.gate.met ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const pressed = await show(
    `${runSummary(run)}${advice}${warned}`,
    ...tryIt,
    ...(onto ? [onto.title] : []),
    ...(result && from.model ? [compare] : []),
    report,
    recipe,
  );
  if (run.next && tryIt.includes(pressed ?? '')) await tryNext(host, from.recipe, run.next);
  if (onto && pressed === onto.title) await vscode.commands.executeCommand(onto.command, from.recipe);
  if (pressed === compare) await vscode.commands.executeCommand('lathe.compare', from.model, result, run.run);
  if (pressed === report) await openReport(vscode.Uri.file(run.report));
  if (pressed === recipe) await vscode.window.showTextDocument(from.recipe, { viewColumn: vscode.ViewColumn.Two, preview: false });
}

/** The step after a run of a recipe for a board: deploying where it says where to, else compiling where the target has a compiler. */
async function nextForBoard(recipe: vscode.Uri): Promise<{ title: string; command: string } | undefined> {
  const { boardsOfRecipe } = await import('../boards/read-recipe.ts');
  const boards = await boardsOfRecipe(recipe);
  if (boards?.deploys) return { title: 'Deploy', command: 'lathe.deploy' };
  const { compileTargets } = await import('../boards/abilities.ts');
  return boards?.targets.some((target) => compileTargets.has(target)) ? { title: 'Compile', command: 'lathe.compile' } : undefined;
}
