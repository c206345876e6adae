import * as vscode from 'vscode';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';

/** Graphs of chains that are open follow their recipes when these are saved. */
export const followSaved = (host: Host): vscode.Disposable =>
  vscode.workspace.onDidSaveTextDocument(({ uri, languageId }) => {
    if (languageId !== 'compression-config' || !vscode.workspace.isTrusted) return;
    void reporting(host.output, 'Show the chain', async () => (await import('./composed-model.ts')).recompose(host, uri));
  });
