import * as vscode from 'vscode';
import { boardCommands } from './boards/commands.ts';
import { registerFindingActions } from './boards/findings/code-actions.ts';
import { FindingStore } from './boards/findings/store.ts';
import { provideTasks } from './boards/tasks/provider.ts';
import { BoardStore } from './boards/view/board-store.ts';
import { showBoards } from './boards/view/boards-view.ts';
import { compareCommands } from './compare/commands.ts';
import type { ComparedUris } from './compare/compare-panel.ts';
import { watchChangedModels } from './compare/git.ts';
import { ComparePanels, compareViewType } from './compare/panels.ts';
import { ModelEditor } from './editor/model-editor.ts';
import { viewParts } from './editor/parts/index.ts';
import { viewCommands } from './editor/view-commands.ts';
import { reporting } from './errors.ts';
import type { Host } from './host.ts';
import { JobOutcomes } from './jobs/outcomes.ts';
import { JobRunner } from './jobs/runner.ts';
import { registerRecipeCommands } from './language/commands.ts';
import { RecipeLanguage } from './language/recipe-language.ts';
import { followAnalyses } from './overlays/follow.ts';
import { OverlayStore } from './overlays/store.ts';
import { followSaved } from './recipe/follow-saved.ts';
import type { Row } from './runs/row.ts';
import { RunStore } from './runs/run-store.ts';
import { showRecipes } from './runs/recipes-view.ts';
import { restoreRunsPanels } from './runs/runs-panel.ts';
import { RunsView } from './runs/runs-view.ts';
import { steeringCommands } from './steering/commands.ts';
import { followEachOther } from './steering/follow.ts';
import { Steering } from './steering/steering.ts';
import { TrainingPanels } from './training/training-panels.ts';
import { offerCommandLine } from './terminal.ts';

/** What tests see of the running extension. */
export interface Api {
  readonly onDidShowModel: vscode.Event<vscode.Uri>;
  readonly onDidShowComparison: vscode.Event<ComparedUris>;
  readonly host: Host;
}

/** Registers everything and loads nothing heavy: the codec, the recipe room and the worker client come with the first use. */
export function activate(context: vscode.ExtensionContext): Api {
  const output = vscode.window.createOutputChannel('Lathe', { log: true });
  output.info(`Lathe ${(context.extension.packageJSON as { version: string }).version}`);
  const jobs = new JobRunner(vscode.Uri.joinPath(context.extensionUri, 'dist', 'worker.mjs').fsPath, output);
  const runs = new RunStore();
  const overlays = new OverlayStore(context, output, runs);
  const outcomes = new JobOutcomes(jobs, output);
  const steering = new Steering(context.workspaceState);
  const trainings = new TrainingPanels();
  const boards = new BoardStore(jobs, runs);
  const findings = new FindingStore(context);
  const host: Host = { context, output, jobs, outcomes, overlays, runs, boards, findings, steering, trainings };
  trainings.follow(host);
  const editor = new ModelEditor(host, viewParts);
  const comparisons = new ComparePanels(host);
  const language = new RecipeLanguage(host);
  context.subscriptions.push(
    output,
    jobs,
    runs,
    outcomes,
    steering,
    trainings,
    ...followEachOther(host),
    ...followAnalyses(host),
    followSaved(host),
    showRecipes(host),
    new RunsView(host),
    restoreRunsPanels(host),
    boards,
    findings,
    showBoards(host),
    provideTasks(host),
    registerFindingActions(host),
    vscode.window.registerCustomEditorProvider(ModelEditor.viewType, editor, { supportsMultipleEditorsPerDocument: true }),
    vscode.window.registerWebviewPanelSerializer(compareViewType, comparisons),
    watchChangedModels(output),
    language,
    ...registerRecipeCommands(host),
    ...registerCommands(host, comparisons, language),
  );
  offerCommandLine(context);
  // Not awaited: a question to the user must not hold up activation.
  void reporting(output, 'Looking for unfinished runs', async () => (await import('./runs/resume.ts')).offerResume(host));
  return { onDidShowModel: editor.onDidShow, onDidShowComparison: comparisons.onDidShow, host };
}

function registerCommands(host: Host, comparisons: ComparePanels, language: RecipeLanguage): vscode.Disposable[] {
  type Command = (uri?: vscode.Uri, ...rest: unknown[]) => Promise<void>;
  const commands: Record<string, [what: string, run: Command]> = {
    'lathe.compress': ['Compress', async (uri, method) => (await import('./compress/compress.ts')).compress(host, uri, named(method))],
    'lathe.prune': ['Prune', async (uri, layers) => (await import('./compress/compress.ts')).compress(host, uri, 'prune', names(layers))],
    'lathe.quantize': ['Quantize', async (uri) => (await import('./compress/compress.ts')).compress(host, uri, 'quantize')],
    'lathe.runRecipe': ['Run recipe', async (uri) => (await import('./recipe/run-recipe.ts')).runPickedRecipe(host, uri)],
    'lathe.evaluate': ['Evaluate', async (uri) => (await import('./commands/evaluate.ts')).evaluateModel(host, uri)],
    'lathe.analyze': [
      'Analyze',
      async (uri, layers) => {
        const some = names(layers);
        if (uri && some) await (await import('./commands/analyze-layers.ts')).analyzeLayers(host, uri, some);
        else await (await import('./commands/analyze.ts')).analyzeModel(host, uri);
      },
    ],
    'lathe.openOverlay': ['Open overlay', async (uri) => (await import('./overlays/open-overlay.ts')).openOverlay(host, uri)],
    'lathe.search': ['Search mixed precision', async (uri) => (await import('./commands/search.ts')).searchMixedPrecision(host, uri)],
    'lathe.newModel': ['New model', async () => (await import('./commands/new-model.ts')).newModel(host)],
    'lathe.import': ['Import model', async (uri) => (await import('./commands/import.ts')).importModel(host, uri)],
    'lathe.openReport': ['Open report', async () => (await import('./runs/report.ts')).pickReport(host)],
    'lathe.resume': ['Resume', async () => (await import('./runs/resume.ts')).chooseAndResume(host)],
    'lathe.cancel': ['Cancel', async () => (await import('./commands/cancel.ts')).cancelJob(host)],
    'lathe.showJobs': ['Show running jobs', async () => (await import('./runs/show-jobs.ts')).showJobs(host)],
    'lathe.openWalkthrough': [
      'First steps',
      async () => void (await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${host.context.extension.id}#start`)),
    ],
    'lathe.restartLanguageServer': ['Restart language server', async () => language.restart()],
    'lathe.showOutput': ['Show output', async () => host.output.show()],
    ...Object.fromEntries(
      Object.entries({ ...steeringCommands, ...viewCommands }).map(([id, [what, run]]): [string, [string, Command]] => [
        id,
        [what, () => run(host)],
      ]),
    ),
  };
  for (const [id, [what, run]] of Object.entries(boardCommands)) commands[id] = [what, (uri, ...rest) => run(host, uri, ...rest)];
  for (const [id, [what, run]] of Object.entries(compareCommands))
    commands[id] = [what, (uri, ...rest) => run(host, comparisons, uri, ...rest)];
  return Object.entries(commands).map(([id, [what, run]]) =>
    vscode.commands.registerCommand(id, (uri?: unknown, ...rest: unknown[]) =>
      reporting(host.output, what, () => run(fileOf(uri), ...rest)),
    ),
  );
}

const named = (given: unknown): string | undefined => (typeof given === 'string' ? given : undefined);
/** Names of layers; menus of the explorer hand addresses in this place. */
const names = (given: unknown): string[] | undefined =>
  Array.isArray(given) && given.length > 0 && given.every((one) => typeof one === 'string') ? given : undefined;

/** The file a command was called for: itself, or what a row of the side bar or of Source Control stands for. */
function fileOf(given: unknown): vscode.Uri | undefined {
  if (given instanceof vscode.Uri) return given;
  // Lenses come from the language server with addresses as text.
  if (typeof given === 'string' && /^file:/i.test(given)) return vscode.Uri.parse(given);
  const resource = (given as Partial<vscode.SourceControlResourceState> | null | undefined)?.resourceUri;
  if (resource instanceof vscode.Uri) return resource;
  const place = (given as Partial<Row> | null | undefined)?.path;
  return typeof place === 'string' ? vscode.Uri.file(place) : undefined;
}
