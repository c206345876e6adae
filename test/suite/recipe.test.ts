import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { unfinishedRuns } from '../../src/extension/runs/resume.ts';
import { api, closeAll, tabLabels, textOf, until, workspaceFile } from './support.ts';

const recipe = (count: number): string => `version: 1
model: shapes/model.onnx
data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  calibration: { path: shapes/pictures/train, labels: folders, count: ${count} }
steps:
  - quantize: { weights: 8 }
`;

async function write(name: string, text: string): Promise<vscode.Uri> {
  const uri = workspaceFile(name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  return uri;
}

describe('a recipe', () => {
  afterEach(closeAll);

  it('with a mistake does not run, and the mistake is marked', async () => {
    const uri = await write('wrong.compress.yaml', recipe(20).replace('weights: 8', 'wieghts: 8'));
    const { host } = await api();
    const before = await host.runs.list();
    await vscode.commands.executeCommand('lathe.runRecipe', uri);
    const problem = await until(() => vscode.languages.getDiagnostics(uri)[0]);
    assert.match(problem.message, /wieghts/);
    assert.equal(problem.source, 'lathe');
    assert.deepEqual([problem.range.start.line, problem.range.start.character], [6, 16]);
    assert.deepEqual(await host.runs.list(), before);
  });

  it('runs in a process of its own and opens what came of it', async () => {
    const { host } = await api();
    const uri = await write('good.compress.yaml', recipe(20));
    await vscode.commands.executeCommand('lathe.runRecipe', uri);
    const [run] = await host.runs.list();
    assert.equal(run?.status, 'finished');
    assert.equal(await textOf(vscode.Uri.file(`${run.folder}/recipe.resolved.yaml`)).then((text) => text?.includes('calibrate: ')), true);
    assert.ok(tabLabels().includes('good.compress.yaml'));
    assert.ok(tabLabels().includes('model.onnx'));
    assert.deepEqual(host.jobs.jobs, []);
  });

  it('is cancelled within a second and can be continued', async () => {
    const { host } = await api();
    const uri = await write('long.compress.yaml', recipe(200).replace('weights: 8', 'weights: 8, calibrate: entropy'));
    const ended = vscode.commands.executeCommand('lathe.runRecipe', uri);
    await until(() => (host.jobs.jobs.length ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const start = performance.now();
    await vscode.commands.executeCommand('lathe.cancel');
    await ended;
    assert.ok(performance.now() - start < 1500, `${performance.now() - start} ms`);
    for (const run of await unfinishedRuns(host)) assert.ok(run.status === 'cancelled' || run.status === 'interrupted');
  });
});
