import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { OpenView } from '../../src/extension/editor/view-part.ts';
import type { Host } from '../../src/extension/host.ts';
import { layerIndex } from '../../src/extension/overlays/views.ts';
import type { AnalyzeDocument } from '../../src/protocol/results/analyze.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import { api, closeAll, next, tabLabels, textOf, until, workspaceFile } from './support.ts';

const recipe = `# mine
version: 1
model: model.onnx   # from May
data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  calibration: { path: ../shapes/pictures/train, labels: folders, count: 20 }
steps:
  - quantize: { weights: 8 }
layers:
  "/block2/*": { weights: 6 }   # bears it
  /classifier/Gemm: { quantize: false }
`;
const model = (): vscode.Uri => workspaceFile('steer', 'model.onnx');
const file = (): vscode.Uri => workspaceFile('steer', 'one.compress.yaml');
const [firstConv, secondBlock] = [0, [4, 5, 6, 7]];

/** What a view sends when a person does something in it. */
const send = ({ channel }: OpenView, { name }: { name: string }, body: unknown): void => channel.receive({ kind: 'notice', name, body });
const perform = (view: OpenView, id: string, layers: number[], choice?: string): void =>
  send(view, modelMessages.perform, { id, layers, ...(choice === undefined ? {} : { choice }) });

async function open(): Promise<{ host: Host; view: OpenView }> {
  const { host } = await api();
  // Written, not copied over: that would delete the file first, and VS Code would close the tab that shows it.
  if ((await textOf(model())) === undefined)
    await vscode.workspace.fs.writeFile(model(), await vscode.workspace.fs.readFile(workspaceFile('shapes', 'model.onnx')));
  await vscode.workspace.fs.writeFile(file(), new TextEncoder().encode(recipe));
  const shown = next(host.steering.onDidShow);
  await vscode.commands.executeCommand('vscode.openWith', model(), 'lathe.model', { preview: false });
  const view = await shown;
  await until(async () => ((await host.steering.recipes(model())).used ? true : undefined));
  return { host, view };
}
const textIs = (test: (text: string) => boolean): Promise<string> =>
  until(async () => {
    const text = await textOf(file());
    return text !== undefined && test(text) ? text : undefined;
  });
const document = (): Thenable<vscode.TextDocument> => vscode.workspace.openTextDocument(file());

describe('steering a recipe from the view of its model', () => {
  afterEach(async () => {
    const open = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file().toString());
    if (open?.isDirty) await vscode.commands.executeCommand('workbench.action.files.revert', file());
    await closeAll();
  });

  it('writes into the recipe in its place, and takes it back', async () => {
    const { host, view } = await open();
    perform(view, 'weights', [firstConv], '4');
    assert.equal(await textIs((text) => text.includes('weights: 4')), recipe + '  "/block1/conv/Conv": { weights: 4 }\n');
    await until(() => host.steering.made);
    send(view, modelMessages.undoRecipe, null);
    await textIs((text) => text === recipe);
    perform(view, 'keep-float', secondBlock);
    assert.equal(await textIs((text) => text !== recipe), recipe.replace('{ weights: 6 }', '{ weights: 6, quantize: false }'));
    // The editor's own undo knows the change too.
    await vscode.window.showTextDocument(await document());
    await vscode.commands.executeCommand('undo');
    assert.equal((await document()).getText(), recipe);
  });

  it('shows a diff first where the recipe has unsaved changes', async () => {
    const { view } = await open();
    const editor = await vscode.window.showTextDocument(await document());
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 6), ' own'));
    const asked = (): Promise<string> => until(() => tabLabels().find((label) => label.includes('weights: 4 for')));
    perform(view, 'weights', [firstConv], '4');
    await asked();
    assert.ok(!(await document()).getText().includes('weights: 4'));
    await vscode.commands.executeCommand('lathe.cancelChange');
    await until(() => (tabLabels().some((label) => label.includes('weights: 4 for')) ? undefined : true));
    assert.ok(!(await document()).getText().includes('weights: 4'));
    perform(view, 'weights', [firstConv], '2');
    await until(() => tabLabels().find((label) => label.includes('weights: 2 for')));
    // Another change takes the place of the one that was not answered.
    perform(view, 'weights', [firstConv], '4');
    await asked();
    await until(() => (tabLabels().some((label) => label.includes('weights: 2 for')) ? undefined : true));
    await vscode.commands.executeCommand('lathe.applyChange');
    await until(async () => ((await document()).getText().includes('weights: 4') ? true : undefined));
    assert.ok((await document()).getText().startsWith('# mine own\n'));
    assert.ok((await document()).isDirty, 'what a person has not saved is not saved for them');
    assert.equal(await textOf(file()), recipe);
  });

  it('reveals what an entry matches in the graph, and goes from a layer to its line', async () => {
    const { host, view } = await open();
    const editor = await vscode.window.showTextDocument(await document(), vscode.ViewColumn.Beside);
    const line = (text: string): number => recipe.split('\n').findIndex((one) => one.includes(text));
    const cursorTo = (text: string): void => {
      const at = new vscode.Position(line(text), 5);
      editor.selection = new vscode.Selection(at, at);
    };
    const selects = (layers: number[]): Promise<true> =>
      until(() => (JSON.stringify(host.steering.selection(view)) === JSON.stringify(layers) ? true : undefined));
    // The cursor is followed while both can be seen.
    cursorTo('/block2/*');
    await selects(secondBlock);
    cursorTo('/classifier/Gemm');
    await selects([13]);
    await vscode.workspace.getConfiguration('lathe').update('followRecipe', false, vscode.ConfigurationTarget.Workspace);
    cursorTo('/block2/*');
    await vscode.commands.executeCommand('lathe.revealInGraph');
    await selects(secondBlock);
    await vscode.workspace.getConfiguration('lathe').update('followRecipe', undefined, vscode.ConfigurationTarget.Workspace);
    send(view, modelMessages.recipeLine, { index: 13 });
    await until(() => (vscode.window.activeTextEditor?.selection.active.line === line('/classifier/Gemm') ? true : undefined));
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), file().toString());
    assert.equal(await textOf(file()), recipe);
  });

  it('opens the model beside to reveal in it', async () => {
    const { host } = await open();
    await closeAll();
    await until(() => (host.steering.views.length ? undefined : true));
    const editor = await vscode.window.showTextDocument(await document());
    const at = new vscode.Position(
      recipe.split('\n').findIndex((one) => one.includes('/classifier')),
      5,
    );
    editor.selection = new vscode.Selection(at, at);
    await vscode.commands.executeCommand('lathe.revealInGraph');
    const view = await until(() => host.steering.viewsOf(model())[0]);
    await until(() => (host.steering.selection(view).includes(13) ? true : undefined));
  });

  it('commands act on what is selected in the active view', async () => {
    const { host, view } = await open();
    view.channel.tell(modelMessages.reveal, { layers: [firstConv, 13] });
    await until(() => (host.steering.selection(view).length === 2 ? true : undefined));
    await vscode.commands.executeCommand('lathe.keepFloat');
    // The second is kept in float already.
    assert.equal(await textIs((text) => text !== recipe), recipe + '  "/block1/conv/Conv": { quantize: false }\n');
    await vscode.commands.executeCommand('lathe.undoRecipeChange');
    await textIs((text) => text === recipe);
  });

  it('asks which of several recipes is meant, once', async () => {
    const { host, view } = await open();
    const other = workspaceFile('steer', 'two.compress.yaml');
    await vscode.workspace.fs.copy(file(), other, { overwrite: true });
    await host.steering.choice.remember(model(), workspaceFile('gone.compress.yaml'));
    perform(view, 'weights', [firstConv], '2');
    await until(async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return (await textOf(file()))?.includes('weights: 2') || undefined;
    });
    assert.equal(await textOf(other), recipe);
    assert.equal((await host.steering.recipes(model())).all.length, 2);
    await until(() => host.steering.made);
    perform(view, 'weights', [firstConv], '3');
    await textIs((text) => text.includes('weights: 3'));
    await vscode.workspace.fs.delete(other);
  });

  it('begins a recipe where there is none, and shows it for a check', async () => {
    const { host } = await api();
    const lonely = workspaceFile('lonely', 'net.onnx');
    await vscode.workspace.fs.copy(workspaceFile('shapes', 'model.onnx'), lonely, { overwrite: true });
    await vscode.commands.executeCommand('vscode.openWith', lonely, 'lathe.model', { preview: false });
    const view = await until(() => host.steering.viewsOf(lonely)[0]);
    const made = workspaceFile('lathe-runs', 'net.compress.yaml');
    const press = async (command: string, restMs: number): Promise<void> => {
      await vscode.commands.executeCommand(`workbench.action.${command}`);
      await new Promise((resolve) => setTimeout(resolve, restMs));
    };
    // For what? The first. With which pictures? The last: none. Begun again where a question was slower than its answer.
    const text = await until(async () => {
      await press('closeQuickOpen', 200);
      perform(view, 'keep-float', [firstConv]);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await press('acceptSelectedQuickOpenItem', 2500);
      await press('quickOpenSelectPrevious', 300);
      await press('acceptSelectedQuickOpenItem', 1500);
      return textOf(made);
    }, 60_000);
    assert.match(text, /model: \.\.\/lonely\/net\.onnx/);
    await until(async () => ((await textOf(made))?.includes('"/block1/conv/Conv": { quantize: false }') ? true : undefined));
    await until(() => (tabLabels().includes('net.compress.yaml') ? true : undefined));
  });

  it('runs the recipe with its progress told, and offers to compare', async () => {
    const { host, view } = await open();
    const seen: (string | undefined)[] = [];
    const listener = host.jobs.onDidChange(() => seen.push(host.jobs.jobs[0]?.model));
    perform(view, 'run-recipe', []);
    const [outcome] = await until(() => (host.outcomes.of(model()).length ? host.outcomes.of(model()) : undefined), 60_000);
    listener.dispose();
    assert.ok(seen.includes(model().fsPath));
    assert.equal(outcome?.failed, false);
    assert.deepEqual(outcome.next.map(({ id }) => id), ['compare', 'report']); // prettier-ignore
    send(view, modelMessages.followOutcome, { id: outcome.id, to: 'dismiss' });
    await until(() => (host.outcomes.of(model()).length ? undefined : true));
  });

  it('analyzes a layer now as the last analysis did, whose other figures stay', async () => {
    const { host, view } = await open();
    const request = { text: recipe.replace(/layers:[^]*/, ''), file: file().fsPath, runs: workspaceFile('lathe-runs').fsPath };
    const job = {
      kind: 'analyze',
      recipe: request,
      method: 'tap',
      metric: 'sqnr',
      widths: [{ weights: 8, activations: 8 }],
      samples: 4,
    } as const;
    const all = await host.jobs.run('Analyze', { ...job, widths: [...job.widths] });
    await host.overlays.add(model(), all as AnalyzeDocument, request);
    const layers = (await view.document.view()).layers;
    const before = await host.overlays.of(model(), layerIndex(layers));
    const ended = next(host.jobs.onDidEnd);
    const told = next(host.overlays.onDidChange);
    perform(view, 'analyze-layers', [firstConv]);
    assert.equal((await ended).job.title, 'Analyze 1 layer of model.onnx');
    await told;
    const [measured] = await host.overlays.of(model(), layerIndex(layers));
    assert.ok(measured);
    assert.equal(measured.values.length, before[0]?.values.length);
  });
});
