import * as assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../src/protocol/runs.ts';
import { runRows } from '../../src/extension/runs/run-rows.ts';
import type { Row } from '../../src/extension/runs/row.ts';
import { unfinishedRuns } from '../../src/extension/runs/resume.ts';
import { api, closeAll, next, tabLabels, textOf, until, workspaceFile } from './support.ts';

const recipe = (weights: number): string => `version: 1
model: shapes/model.onnx
data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  calibration: { path: shapes/pictures/train, labels: folders, count: 10 }
steps:
  - quantize: { weights: ${weights} }
`;

const runsFolder = (): string => workspaceFile('lathe-runs').fsPath;

async function runs(): Promise<RunSummary[]> {
  const { host } = await api();
  return host.runs.list();
}

/** The row of a run, as a menu of the list gives it to a command. */
const rowOf = (run: RunSummary): Row => runRows([run], [], new Date())[0]!;

const tab = (label: string): Promise<true> => until(() => tabLabels().includes(label) || undefined);

async function run(name: string, weights: number): Promise<RunSummary> {
  const uri = workspaceFile(`${name}.compress.yaml`);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(recipe(weights)));
  await vscode.commands.executeCommand('lathe.runRecipe', uri);
  const made = (await runs()).find((one) => one.name === name);
  assert.equal(made?.status, 'finished');
  return made;
}

function addFolder(name: string, contents: string): string {
  const folder = path.join(runsFolder(), name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'run.json'), contents);
  return folder;
}

describe('the side bar', () => {
  afterEach(closeAll);

  it('lists what was run, and does it again: the same bytes', async () => {
    const first = await run('listed', 4);
    assert.equal(first.method, 'quantize weights 4, activations 8');
    assert.equal(first.models.length, 2);
    assert.match(rowOf(first).context, /\breport models$/);
    await vscode.commands.executeCommand('lathe.runs.rerun', rowOf(first));
    const [second, again] = (await runs()).filter(({ name }) => name === 'listed');
    assert.equal(again?.folder, first.folder);
    const hash = (one: RunSummary): string => createHash('sha256').update(fs.readFileSync(one.models[1]!.path)).digest('hex');
    assert.equal(hash(second!), hash(first));
  });

  it('turns a run into a recipe that can be run', async () => {
    const made = await run('turned', 8);
    await vscode.commands.executeCommand('lathe.runs.toRecipe', rowOf(made));
    const copy = vscode.Uri.file(path.join(runsFolder(), 'turned-copy.compress.yaml'));
    await tab('turned-copy.compress.yaml');
    assert.match((await textOf(copy)) ?? '', /^model: \.\.\/shapes\/model\.onnx/m);
    await vscode.commands.executeCommand('lathe.runRecipe', copy);
    assert.deepEqual(vscode.languages.getDiagnostics(copy), []);
    assert.ok((await runs()).some(({ name, status }) => name === 'turned-copy' && status === 'finished'));
  });

  it('opens report, models and the comparison of runs', async () => {
    const [a, b] = [await run('left', 8), await run('right', 4)];
    await vscode.commands.executeCommand('lathe.runs.openReport', rowOf(a));
    await tab(`Report ${path.basename(a.folder)}`);
    await closeAll();
    await vscode.commands.executeCommand('lathe.runs.openModels', rowOf(a));
    await tab('model_quantize.onnx');
    await vscode.commands.executeCommand('lathe.runs.compare', rowOf(a), [rowOf(a), rowOf(b)]);
    await tab('Compare 2 Runs');
  });

  it('sees folders that come, change and go by other hands, broken ones with their reason', async () => {
    const { host } = await api();
    host.runs.watch();
    const changed = next(host.runs.onDidChange);
    const folder = addFolder('by-hand', '{');
    await changed;
    const status = async (): Promise<string | undefined> => (await runs()).find((one) => one.folder === folder)?.status;
    assert.equal(await status(), 'unreadable');
    const again = next(host.runs.onDidChange);
    addFolder('by-hand', JSON.stringify({ state: 'failed', started: '2026-01-01', error: { message: 'no such picture' } }));
    await again;
    await until(async () => ((await status()) === 'failed' ? true : undefined));
    const gone = next(host.runs.onDidChange);
    fs.rmSync(folder, { recursive: true });
    await gone;
    await until(async () => ((await status()) === undefined ? true : undefined));
  });

  it('offers to resume what no process works on, and never deletes what one does', async () => {
    const { host } = await api();
    const folder = addFolder('held', JSON.stringify({ state: 'running', started: '2026-01-01' }));
    const held = async (): Promise<RunSummary> => host.runs.read(folder);
    assert.ok((await unfinishedRuns(host)).some((one) => one.folder === folder));
    assert.match(rowOf(await held()).context, /\bresumable removable\b/);
    fs.writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid: process.pid, host: os.hostname() }));
    assert.equal((await held()).status, 'running');
    assert.doesNotMatch(rowOf(await held()).context, /resumable|removable/);
    await vscode.commands.executeCommand('lathe.runs.delete', rowOf(await held()));
    assert.ok(fs.existsSync(folder));
    fs.rmSync(folder, { recursive: true });
  });
});
