import * as vscode from 'vscode';
import { ModelEditor } from './editor/model-editor.ts';
import { viewParts } from './editor/parts/index.ts';
import { reporting } from './errors.ts';
import type { Host } from './host.ts';
import { JobRunner } from './jobs/runner.ts';
import { OverlayStore } from './overlays/store.ts';
import { offerCommandLine } from './terminal.ts';
import { TextViews } from './text-views.ts';

/** What tests see of the running extension. */
export interface Api {
  readonly onDidShowModel: vscode.Event<vscode.Uri>;
  readonly host: Host;
}

/** Registers everything and loads nothing heavy: the codec, the recipe room and the worker client come with the first use. */
export function activate(context: vscode.ExtensionContext): Api {
  const output = vscode.window.createOutputChannel('Lathe', { log: true });
  output.info(`Lathe ${(context.extension.packageJSON as { version: string }).version}`);
  const jobs = new JobRunner(vscode.Uri.joinPath(context.extensionUri, 'dist', 'worker.mjs').fsPath, output);
  const problems = vscode.languages.createDiagnosticCollection('lathe');
  const overlays = new OverlayStore(context);
  const host: Host = { context, output, jobs, problems, overlays };
  const editor = new ModelEditor(host, viewParts);
  const texts = new TextViews();
  context.subscriptions.push(
    output,
    jobs,
    problems,
    vscode.window.registerCustomEditorProvider(ModelEditor.viewType, editor, { supportsMultipleEditorsPerDocument: true }),
    vscode.workspace.registerTextDocumentContentProvider(TextViews.scheme, texts),
    vscode.workspace.onDidCloseTextDocument((document) => problems.delete(document.uri)),
    ...registerCommands(host, texts),
  );
  offerCommandLine(context);
  // Not awaited: a question to the user must not hold up activation.
  void reporting(output, 'Looking for unfinished runs', async () => (await import('./runs/resume.ts')).offerResume(host));
  return { onDidShowModel: editor.onDidShow, host };
}

function registerCommands(host: Host, texts: TextViews): vscode.Disposable[] {
  type Command = (uri?: vscode.Uri, ...rest: unknown[]) => Promise<void>;
  const commands: Record<string, [what: string, run: Command]> = {
    'lathe.compress': ['Compress', async (uri) => (await import('./compress/compress.ts')).compress(host, uri)],
    'lathe.quantize': ['Quantize', async (uri) => (await import('./compress/compress.ts')).compress(host, uri, 'quantize')],
    'lathe.runRecipe': ['Run recipe', async (uri) => (await import('./recipe/run-recipe.ts')).runPickedRecipe(host, uri)],
    'lathe.evaluate': ['Evaluate', async (uri) => (await import('./commands/evaluate.ts')).evaluateModel(host, uri)],
    'lathe.analyze': ['Analyze', async (uri) => (await import('./commands/analyze.ts')).analyzeModel(host, uri)],
    'lathe.search': ['Search mixed precision', async (uri) => (await import('./commands/search.ts')).searchMixedPrecision(host, uri)],
    'lathe.compare': [
      'Compare',
      async (uri, other, run) =>
        (await import('./commands/compare.ts')).compareModels(host, texts, uri, {
          other: other instanceof vscode.Uri ? other : undefined,
          run: typeof run === 'string' ? run : undefined,
        }),
    ],
    'lathe.openReport': ['Open report', async () => (await import('./runs/report.ts')).pickReport()],
    'lathe.resume': ['Resume', async () => (await import('./runs/resume.ts')).chooseAndResume(host)],
    'lathe.cancel': ['Cancel', async () => (await import('./commands/cancel.ts')).cancelJob(host)],
    'lathe.showOutput': ['Show output', async () => host.output.show()],
  };
  return Object.entries(commands).map(([id, [what, run]]) =>
    vscode.commands.registerCommand(id, (uri?: unknown, ...rest: unknown[]) =>
      reporting(host.output, what, () => run(uri instanceof vscode.Uri ? uri : undefined, ...rest)),
    ),
  );
}
