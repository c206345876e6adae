import { setImmediate as pause } from 'node:timers/promises';
import type * as vscode from 'vscode';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { LayerDetail, ModelView } from '../../protocol/view.ts';
import type { FileReader } from './file-reader.ts';
import { openReader } from './open-reader.ts';

/** One open model, whatever shows it. Reads on first use, in pieces: others work in between. `reload` reads again. */
export class ModelDocument implements vscode.CustomDocument {
  #reader: Promise<FileReader> | undefined;

  constructor(readonly uri: vscode.Uri) {}

  /** Jobs and recipes are about ONNX models; other files are only looked at. */
  get isOnnx(): boolean {
    return !/\.(xmodel|hef|espdl)$/i.test(this.uri.path);
  }

  /** Throws LatheError when the file is no valid model or can't be read. */
  async view(): Promise<ModelView> {
    return (await this.#read()).view();
  }

  /** Throws LatheError as `view`. */
  async drawable(): Promise<DrawableGraph> {
    const reader = await this.#read();
    await pause();
    return reader.drawable();
  }

  /** Throws RangeError when there is no such operator in the drawing. */
  async detail(node: number): Promise<LayerDetail> {
    return (await this.#read()).detail(node);
  }

  /** For looks into its weights. Throws LatheError as `view`. */
  reader(): Promise<FileReader> {
    return this.#read();
  }

  reload(): void {
    this.#reader = undefined;
  }

  dispose(): void {
    this.#reader = undefined;
  }

  #read(): Promise<FileReader> {
    return (this.#reader ??= openReader(this.uri));
  }
}
