import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { Model } from '../../engine/onnx/graph.ts';

/** A file that is not on this machine's disk is read whole, so it has a limit. */
const largestVirtualFile = 512 * 1024 * 1024;

/** The model in a file wherever it lies, weights left in it where that is a disk. Throws LatheError when it is no valid model or can't be read. */
export async function openModel(uri: vscode.Uri): Promise<{ model: Model; bytes: number }> {
  // Loaded on first use: activation must not wait for the codec.
  const [{ scanModel }, { decodeModel }, { accept }] = await Promise.all([
    import('../../engine/onnx/scan.ts'),
    import('../../engine/onnx/codec.ts'),
    import('../../engine/onnx/check.ts'),
  ]);
  const { size } = await stat(uri);
  if (uri.scheme === 'file') return { model: await scanModel(uri.fsPath), bytes: size };
  const contents = await readWhole(uri, size);
  // Some file systems do not know a size beforehand.
  const model = decodeModel(contents, uri.path);
  accept(model);
  return { model, bytes: contents.length };
}

export async function stat(uri: vscode.Uri): Promise<vscode.FileStat> {
  try {
    return await vscode.workspace.fs.stat(uri);
  } catch (cause) {
    throw new LatheError('model.unreadable', 'the file cannot be read', { file: uri.fsPath, cause });
  }
}

export async function readWhole(uri: vscode.Uri, size: number): Promise<Uint8Array> {
  if (size > largestVirtualFile) {
    const hint = 'Copy the file to this machine to open it.';
    throw new LatheError('model.too-large', 'a file of this size can only be read from a disk', { file: uri.path, hint });
  }
  try {
    return await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    throw new LatheError('model.unreadable', 'the file cannot be read', { file: uri.path, cause });
  }
}
