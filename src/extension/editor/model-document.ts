import path from 'node:path';
import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { LayerDetail, ModelView, OverlayView } from '../../protocol/view.ts';
import type { ModelReader } from './model-view.ts';

/** A file that is not on this machine's disk is read whole, so it has a limit. */
const largestVirtualFile = 512 * 1024 * 1024;

/** One open model, whatever shows it. Reads on first use; `reload` reads again. */
export class ModelDocument implements vscode.CustomDocument {
  #reader: Promise<ModelReader> | undefined;

  constructor(readonly uri: vscode.Uri) {}

  /** Throws LatheError when the file is no valid model or can't be read. */
  async view(): Promise<ModelView> {
    return (await this.#read()).view();
  }

  /** Throws LatheError as `view`. */
  async drawable(): Promise<DrawableGraph> {
    return (await this.#read()).drawable();
  }

  /** Figures by layer that follow from the model alone. Throws LatheError as `view`. */
  async overlays(): Promise<OverlayView[]> {
    return (await this.#read()).overlays();
  }

  /** Throws RangeError when there is no such layer. */
  async detail(index: number): Promise<LayerDetail> {
    return (await this.#read()).detail(index);
  }

  reload(): void {
    this.#reader = undefined;
  }

  dispose(): void {
    this.#reader = undefined;
  }

  #read(): Promise<ModelReader> {
    return (this.#reader ??= readModel(this.uri));
  }
}

async function readModel(uri: vscode.Uri): Promise<ModelReader> {
  // Loaded on first use: activation must not wait for the codec.
  const [{ scanModel }, { decodeModel }, { ModelReader }] = await Promise.all([
    import('../../engine/onnx/scan.ts'),
    import('../../engine/onnx/codec.ts'),
    import('./model-view.ts'),
  ]);
  const { size } = await stat(uri);
  const model = uri.scheme === 'file' ? await scanModel(uri.fsPath) : decodeModel(await readWhole(uri, size), uri.path);
  return new ModelReader(model, { name: path.posix.basename(uri.path), bytes: size });
}

async function stat(uri: vscode.Uri): Promise<vscode.FileStat> {
  try {
    return await vscode.workspace.fs.stat(uri);
  } catch (cause) {
    throw new LatheError('model.unreadable', 'the file cannot be read', { file: uri.fsPath, cause });
  }
}

async function readWhole(uri: vscode.Uri, size: number): Promise<Uint8Array> {
  if (size > largestVirtualFile) {
    const hint = 'Copy the file to this machine to open it.';
    throw new LatheError('model.too-large', 'a file of this size can only be read from a disk', { file: uri.path, hint });
  }
  return vscode.workspace.fs.readFile(uri);
}
