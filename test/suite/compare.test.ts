import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ComparedUris } from '../../src/extension/compare/compare-panel.ts';
import { withHead } from '../../src/extension/compare/git.ts';
import type { CompareDocument } from '../../src/protocol/results/compare.ts';
import { api, closeAll, next, tabLabels, until, workspaceFile } from './support.ts';

const model = (): vscode.Uri => workspaceFile('shapes', 'model.onnx');
const same = (a: vscode.Uri, b: vscode.Uri) => (uris: ComparedUris) =>
  uris.a.toString() === a.toString() && uris.b.toString() === b.toString();

async function copyOf(name: string): Promise<vscode.Uri> {
  const copy = workspaceFile(name);
  await vscode.workspace.fs.copy(model(), copy, { overwrite: true });
  return copy;
}

describe('a comparison of two models', () => {
  afterEach(closeAll);

  it('opens beside what is open, once for two files, under both names', async () => {
    const { onDidShowComparison } = await api();
    const other = await copyOf('other.onnx');
    const shown = next(onDidShowComparison, same(model(), other));
    await vscode.commands.executeCommand('lathe.compare', model(), other);
    await shown;
    const label = 'Compare model.onnx ↔ other.onnx';
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputWebview);
    assert.match(input.viewType, /lathe\.compare$/);
    await vscode.commands.executeCommand('lathe.compare', model(), other);
    await vscode.commands.executeCommand('lathe.compare', other, model());
    await until(() => tabLabels().includes('Compare other.onnx ↔ model.onnx') || undefined);
    assert.equal(tabLabels().filter((one) => one === label).length, 1);
  });

  it('is made of a model that was selected and another', async () => {
    const { onDidShowComparison } = await api();
    const other = await copyOf('selected.onnx');
    await vscode.commands.executeCommand('lathe.selectForCompare', other);
    const shown = next(onDidShowComparison, same(other, model()));
    await vscode.commands.executeCommand('lathe.compareWithSelected', model());
    await shown;
    const both = next(onDidShowComparison, same(model(), other));
    await vscode.commands.executeCommand('lathe.compareSelected', other, [model(), other]);
    await both;
  });

  it('is shown again when one of the files changes, and says what is wrong with a broken one', async () => {
    const { onDidShowComparison } = await api();
    const other = await copyOf('changing.onnx');
    const shown = next(onDidShowComparison, same(model(), other));
    await vscode.commands.executeCommand('lathe.compare', model(), other);
    await shown;
    let seen = false;
    const again = next(onDidShowComparison, same(model(), other)).then(() => (seen = true));
    for (let attempt = 0; attempt < 20 && !seen; attempt++) {
      await vscode.workspace.fs.writeFile(other, new TextEncoder().encode('this is no model'));
      await Promise.race([again, new Promise((resolve) => setTimeout(resolve, 3000))]);
    }
    assert.ok(seen, 'the comparison was not shown again');
  });

  it('reads what is on no disk through the editor’s file system', async () => {
    const { onDidShowComparison } = await api();
    const provider = vscode.workspace.registerFileSystemProvider('lathe-old', new OneFile(fs.readFileSync(model().fsPath)), {
      isReadonly: true,
    });
    try {
      const old = vscode.Uri.parse('lathe-old:/then/model.onnx');
      const shown = next(onDidShowComparison, same(old, model()));
      await vscode.commands.executeCommand('lathe.compare', old, model());
      await shown;
    } finally {
      provider.dispose();
    }
  });

  it('after a run measures both models on the pictures of the run', async () => {
    const { host } = await api();
    const recipe = workspaceFile('compared.compress.yaml');
    const text = `version: 1
model: shapes/model.onnx
data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  calibration: { path: shapes/pictures/train, labels: folders, count: 8 }
steps:
  - quantize: { weights: 8 }
`;
    await vscode.workspace.fs.writeFile(recipe, new TextEncoder().encode(text));
    await vscode.commands.executeCommand('lathe.runRecipe', recipe);
    const run = (await host.runs.list()).find(({ name }) => name === 'compared');
    assert.equal(run?.status, 'finished');
    const ended = next(host.jobs.onDidEnd, ({ job }) => job.kind === 'compare');
    await vscode.commands.executeCommand('lathe.compare', model(), vscode.Uri.file(run.models[1]!.path), run.folder);
    const end = await ended;
    assert.ok('result' in end);
    const { samples, layers } = end.result as CompareDocument;
    assert.equal(samples, 8);
    assert.ok(layers.length > 5 && layers.every(({ outputs }) => outputs !== undefined));
  });

  it('with the last commit says so where there is no git extension, and shows it where there is one', async function () {
    if (!vscode.extensions.getExtension('vscode.git')) {
      await assert.rejects(withHead(model()), { code: 'git.absent' });
      await assert.rejects(withHead(workspaceFile('readme.txt')), { code: 'file.no-model' });
      return;
    }
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-git-'));
    const git = (...given: string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...given], { cwd: folder });
    const file = vscode.Uri.file(path.join(folder, 'net.onnx'));
    fs.copyFileSync(model().fsPath, file.fsPath);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'net');
    fs.copyFileSync(workspaceFile('long.onnx').fsPath, file.fsPath);
    await vscode.commands.executeCommand('git.openRepository', folder);
    const { onDidShowComparison } = await api();
    const shown = next(onDidShowComparison, ({ a, b }) => a.scheme === 'git' && b.toString() === file.toString());
    await vscode.commands.executeCommand('lathe.compareWithHead', { resourceUri: file });
    await shown;
    fs.rmSync(folder, { recursive: true });
  });
});

/** A file system that has one file under every name. */
class OneFile implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  constructor(private readonly bytes: Uint8Array) {}
  watch = (): vscode.Disposable => new vscode.Disposable(() => {});
  stat = (): vscode.FileStat => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: this.bytes.length });
  readFile = (): Uint8Array => this.bytes;
  readDirectory = (): [string, vscode.FileType][] => [];
  createDirectory = refuse;
  writeFile = refuse;
  delete = refuse;
  rename = refuse;
}

function refuse(): never {
  throw vscode.FileSystemError.NoPermissions();
}
