import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension', () => {
  it('activates and offers its commands', async () => {
    const extension = vscode.extensions.getExtension('lathe.lathe');
    assert.ok(extension, 'the extension is installed');
    await extension.activate();
    const commands = await vscode.commands.getCommands(true);
    assert.ok(commands.includes('lathe.showOutput'));
  });
});
