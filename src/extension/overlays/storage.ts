import { createHash } from 'node:crypto';
import * as vscode from 'vscode';

/** A file of the workspace's storage that belongs to a model. */
export function storageOf({ storageUri, globalStorageUri }: vscode.ExtensionContext, folder: string, model: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(storageUri ?? globalStorageUri, folder, `${shortHash(model.toString())}.json`);
}

export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Undefined where there is no such file, or one that is no JSON: figures are a convenience, never a reason to fail. */
export async function readJson(uri: vscode.Uri): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch (error) {
    if (error instanceof vscode.FileSystemError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
