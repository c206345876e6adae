import type { FiguresDocument } from '../../protocol/results/analyze.ts';
import type { PruningSensitivityDocument } from '../../protocol/results/prune.ts';
import type { OverlayView } from '../../protocol/view.ts';
import * as vscode from 'vscode';
import { readJson, storageOf } from './storage.ts';
import type { LayerIndex } from './views.ts';

/** Which job measured the figures: one document of each is kept. */
export type FigureKind = 'weights' | 'profile' | 'pruning';

interface StoredFigures {
  version: 1;
  /** ISO 8601. */
  measured: string;
  /** sha256 of the model they were measured on. */
  model: string;
  document: FiguresDocument & { pruning?: PruningSensitivityDocument };
}

const changedSince = 'The model has changed since: measure it again.';
const kinds: readonly FigureKind[] = ['pruning', 'profile', 'weights'];

/** Figures that jobs measured of models, in the workspace's storage. */
export class FigureStore {
  constructor(private readonly context: vscode.ExtensionContext) {}

  async keep(model: vscode.Uri, kind: FigureKind, hash: string, document: StoredFigures['document']): Promise<void> {
    const stored: StoredFigures = { version: 1, measured: new Date().toISOString(), model: hash, document };
    await vscode.workspace.fs.writeFile(this.#fileOf(model, kind), new TextEncoder().encode(JSON.stringify(stored)));
  }

  /** Those of another version of the file are stale, and gone where its layers are not the same number. `hash` is asked for only if there are any. */
  async of(model: vscode.Uri, { count }: LayerIndex, hash: () => Promise<string>): Promise<OverlayView[]> {
    const found: OverlayView[] = [];
    for (const kind of kinds) {
      const stored = (await readJson(this.#fileOf(model, kind))) as StoredFigures | undefined;
      if (stored?.version !== 1 || stored.document.layers !== count) continue;
      const stale = stored.model === (await hash()) ? {} : { stale: changedSince };
      const when = kind !== 'weights' ? ` · ${stored.measured.slice(0, 16).replace('T', ' ')} UTC` : '';
      found.push(...stored.document.overlays.map((overlay) => ({ ...overlay, origin: overlay.origin + when, ...stale })));
    }
    return found;
  }

  /** Of this version of the file. */
  async pruning(model: vscode.Uri, hash: string): Promise<PruningSensitivityDocument | undefined> {
    const stored = (await readJson(this.#fileOf(model, 'pruning'))) as StoredFigures | undefined;
    return stored?.version === 1 && stored.model === hash ? stored.document.pruning : undefined;
  }

  #fileOf(model: vscode.Uri, kind: FigureKind): vscode.Uri {
    return storageOf(this.context, kind, model);
  }
}
