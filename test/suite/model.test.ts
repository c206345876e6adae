import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ModelDocument } from '../../src/extension/editor/model-document.ts';
import { api, closeAll, next, workspaceFile } from './support.ts';

describe('a model', () => {
  afterEach(closeAll);

  it('opens in the model editor', async () => {
    const { onDidShowModel } = await api();
    const model = workspaceFile('shapes', 'model.onnx');
    const shown = next(onDidShowModel, (uri) => uri.toString() === model.toString());
    await vscode.commands.executeCommand('vscode.open', model);
    await shown;
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, 'lathe.model');
  });

  it('is read again when its file changes', async () => {
    const { onDidShowModel } = await api();
    const copy = workspaceFile('copy.onnx');
    await vscode.workspace.fs.copy(workspaceFile('shapes', 'model.onnx'), copy, { overwrite: true });
    const shown = next(onDidShowModel, (uri) => uri.toString() === copy.toString());
    await vscode.commands.executeCommand('vscode.open', copy);
    await shown;
    const again = next(onDidShowModel, (uri) => uri.toString() === copy.toString());
    // Written, not copied over: that would delete the file first, and VS Code would close its tab.
    const other = await vscode.workspace.fs.readFile(workspaceFile('long.onnx'));
    let seen = false;
    void again.then(() => (seen = true));
    // VS Code takes a moment until it watches a file, and the editor waits until writing has come to rest.
    for (let attempt = 0; attempt < 20 && !seen; attempt++) {
      await vscode.workspace.fs.writeFile(copy, other);
      await Promise.race([again, new Promise((resolve) => setTimeout(resolve, 3000))]);
    }
    assert.ok(seen, 'the view was not shown again');
    await closeAll();
    await vscode.workspace.fs.delete(copy);
  });

  it('is described without an editor', async () => {
    const view = await new ModelDocument(workspaceFile('shapes', 'model.onnx')).view();
    assert.equal(view.name, 'model.onnx');
    assert.equal(view.layers[0]?.op, 'Conv');
    assert.ok(view.parameters > 10_000 && view.macs !== null && view.macs > 1e6);
    assert.equal(
      view.layers.reduce((sum, layer) => sum + (layer.macs ?? 0), 0),
      view.macs,
    );
  });

  it('is read through the editor’s file system where there is no disk', async () => {
    const bytes = await vscode.workspace.fs.readFile(workspaceFile('shapes', 'model.onnx'));
    const provider = vscode.workspace.registerFileSystemProvider('lathe-test', new OneFile(bytes), { isReadonly: true });
    try {
      const view = await new ModelDocument(vscode.Uri.parse('lathe-test:/remote/model.onnx')).view();
      assert.equal(view.fileBytes, bytes.length);
      assert.equal(view.layers.length, 14);
    } finally {
      provider.dispose();
    }
  });

  it('that is broken says why', async () => {
    await assert.rejects(new ModelDocument(workspaceFile('broken.onnx')).view(), { name: 'LatheError' });
    await assert.rejects(new ModelDocument(workspaceFile('no-such.onnx')).view(), { name: 'LatheError' });
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
