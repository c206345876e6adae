import path from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import type * as vscode from 'vscode';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { LayerDetail, ModelView } from '../../protocol/view.ts';
import type { ModelReader } from './model-view.ts';
import { openModel } from './open-model.ts';

/** One open model, whatever shows it. Reads on first use, in pieces: others work in between. `reload` reads again. */
export class ModelDocument implements vscode.CustomDocument {
  #reader: Promise<ModelReader> | undefined;

  constructor(readonly uri: vscode.Uri) {}

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
  reader(): Promise<ModelReader> {
    return this.#read();
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
  const [{ model, bytes }, { ModelReader }] = await Promise.all([openModel(uri), import('./model-view.ts')]);
  await pause();
  return new ModelReader(model, { name: path.posix.basename(uri.path), bytes });
}
