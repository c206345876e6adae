import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, textOf, until, workspaceFile } from './support.ts';

describe('the extension', () => {
  it('activates in a moment and offers every command of its manifest', async () => {
    const start = performance.now();
    await api();
    console.log(`activation took ${Math.round(performance.now() - start)} ms`);
    const manifest = vscode.extensions.getExtension('lathe.lathe')?.packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = await vscode.commands.getCommands(true);
    for (const { command } of manifest.contributes.commands) assert.ok(registered.includes(command), command);
  });

  it('names the machine scope of every setting that names a program', () => {
    const manifest = vscode.extensions.getExtension('lathe.lathe')?.packageJSON as {
      capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
      contributes: { configuration: { properties: Record<string, { scope: string }> } };
    };
    const { properties } = manifest.contributes.configuration;
    assert.equal(properties['lathe.nodePath']?.scope, 'machine');
    assert.ok(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes('lathe.nodePath'));
  });

  it('knows recipes by their name', async () => {
    const recipe = await vscode.workspace.openTextDocument(workspaceFile('shapes', 'shapes.compress.yaml'));
    assert.equal(recipe.languageId, 'compression-config');
  });

  it('puts `lathe` on the PATH of terminals', async () => {
    await api();
    const answer = workspaceFile('version.txt');
    const terminal = vscode.window.createTerminal({ name: 'test' });
    try {
      terminal.sendText('lathe --version > version.txt');
      const text = await until(async () => (await textOf(answer)) || undefined);
      const { version } = vscode.extensions.getExtension('lathe.lathe')?.packageJSON as { version: string };
      assert.ok(text.includes(version), text);
    } finally {
      terminal.dispose();
    }
  });
});
