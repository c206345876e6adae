import path from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import type * as vscode from 'vscode';
import type { FileReader } from './file-reader.ts';
import { openModel, readWhole, stat } from './open-model.ts';

/** Reads a file by what its name says that it is; what is no other format is ONNX. Throws LatheError when it is not valid or can't be read. */
export async function openReader(uri: vscode.Uri): Promise<FileReader> {
  const name = path.posix.basename(uri.path);
  if (/\.xmodel$/i.test(name)) return openXir(uri, name);
  if (/\.(hef|espdl)$/i.test(name)) return openContainer(uri, name);
  const [{ model, bytes }, { ModelReader }] = await Promise.all([openModel(uri), import('./model-view.ts')]);
  await pause();
  return new ModelReader(model, { name, bytes });
}

async function openXir(uri: vscode.Uri, name: string): Promise<FileReader> {
  const [{ readXir, scanXir }, { XirReader }] = await Promise.all([import('../../engine/xir/scan.ts'), import('./xir-view.ts')]);
  if (uri.scheme === 'file') return new XirReader(scanXir(uri.fsPath), name);
  const { size } = await stat(uri);
  return new XirReader(readXir(await readWhole(uri, size), uri.path), name);
}

async function openContainer(uri: vscode.Uri, name: string): Promise<FileReader> {
  const [{ readContainer, scanContainer }, { ContainerReader }] = await Promise.all([
    import('../../engine/containers/index.ts'),
    import('./container-view.ts'),
  ]);
  if (uri.scheme === 'file') return new ContainerReader(scanContainer(uri.fsPath), name);
  const { size } = await stat(uri);
  return new ContainerReader(readContainer(await readWhole(uri, size), name), name);
}
