import path from 'node:path';
import * as vscode from 'vscode';
import type { ComparedFile } from '../../protocol/compare-messages.ts';

/** A file as the view names it, told from the other one. */
export function fileOf(uri: vscode.Uri, other: vscode.Uri): ComparedFile {
  const name = path.posix.basename(uri.path);
  return { uri: uri.toString(), name, place: placeOf(uri, other), opens: uri.scheme === 'file' };
}

function placeOf(uri: vscode.Uri, other: vscode.Uri): string {
  const reference = gitReference(uri);
  if (reference !== undefined) return reference || 'index';
  const folder = path.posix.dirname(vscode.workspace.asRelativePath(uri, false));
  const same = other.scheme === uri.scheme && path.posix.dirname(other.path) === path.posix.dirname(uri.path);
  return same || folder === '.' ? '' : folder;
}

/** "HEAD", "" for the index; undefined for what does not come out of git. */
function gitReference(uri: vscode.Uri): string | undefined {
  if (uri.scheme !== 'git') return undefined;
  try {
    const { ref } = JSON.parse(uri.query) as { ref?: unknown };
    return typeof ref === 'string' ? ref.replace(/^~$/, '') : '';
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}
