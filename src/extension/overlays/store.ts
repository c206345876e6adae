import { createHash } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { OverlayFile } from '../../engine/pipeline/index.ts';
import type { RecipeRequest, TriedWidths } from '../../protocol/job.ts';
import type { AnalyzeDocument } from '../../protocol/results.ts';
import type { OverlayView } from '../../protocol/view.ts';
import { runsFolder } from '../settings.ts';
import { mergeAnalysis, widthsOf } from './merge-analysis.ts';
import { analysisOverlays, fileOverlays, overlayId, type LayerIndex } from './views.ts';

/** What is kept of an analysis, in the workspace's storage: nothing is written beside the model. */
interface StoredAnalysis {
  version: 1;
  /** ISO 8601. */
  measured: string;
  /** sha256 of the model it was measured on. */
  model: string;
  /** What was run: its pictures and ranges serve a closer look. */
  recipe: RecipeRequest;
  document: AnalyzeDocument;
}

/** What an analysis quantized, on which pictures, at which widths. */
interface AnalysisSetting {
  recipe: RecipeRequest;
  widths: TriedWidths[];
}

const changedSince = 'The model has changed since: analyze it again.';

/** The figures by layer that are known of models: analyses made in this workspace, and the newest run of each model. */
export class OverlayStore {
  readonly #changed = new vscode.EventEmitter<{ model: vscode.Uri; show: string | undefined }>();
  /** Fires when a model has new figures; `show` is the overlay that the user asked for. */
  readonly onDidChange = this.#changed.event;
  /** sha256 of models by path, size and time of change. */
  readonly #hashes = new Map<string, Promise<string>>();

  constructor(private readonly context: vscode.ExtensionContext) {}

  /**
   * Keeps an analysis, in place of an earlier one by the same method and metric, and tells the views. `some`: it was of some layers only, and
   * the earlier one keeps its figures of the others, as long as the model is the same.
   */
  async add(model: vscode.Uri, document: AnalyzeDocument, recipe: RecipeRequest, layers: 'all' | 'some' = 'all'): Promise<void> {
    const measured = new Date().toISOString();
    const hash = await this.#hash(model);
    const all = await this.#stored(model);
    const sameWay = ({ method, metric }: AnalyzeDocument): boolean => method === document.method && metric === document.metric;
    const others = all.filter((other) => !sameWay(other.document));
    const before = layers === 'some' ? all.find((other) => sameWay(other.document) && other.model === hash) : undefined;
    const joined = before ? mergeAnalysis(before.document, document) : document;
    const stored: StoredAnalysis = { version: 1, measured, model: hash, recipe, document: joined };
    await vscode.workspace.fs.writeFile(this.#fileOf(model), new TextEncoder().encode(JSON.stringify([stored, ...others])));
    const [worst] = document.layers;
    this.#changed.fire({ model, show: worst && overlayId(document, worst) });
  }

  /** The analysis that an overlay came from, and the widths of it; the newest where the overlay is from none. */
  async analysis(model: vscode.Uri, overlay: string): Promise<{ recipe: RecipeRequest; widths: TriedWidths } | undefined> {
    const all = (await this.#stored(model)).flatMap(({ recipe, document }) =>
      document.layers.map((layer) => ({ recipe, document, layer })),
    );
    const found = all.find(({ document, layer }) => overlayId(document, layer) === overlay) ?? all[0];
    if (!found) return undefined;
    const { weights, activations } = found.layer;
    return { recipe: found.recipe, widths: { weights, activations: typeof activations === 'number' ? activations : 'float' } };
  }

  /** How the newest analysis of a model was made. */
  async last(model: vscode.Uri): Promise<(Pick<AnalyzeDocument, 'method' | 'metric' | 'samples'> & AnalysisSetting) | undefined> {
    const [newest] = await this.#stored(model);
    if (!newest) return undefined;
    const { method, metric, samples } = newest.document;
    return { method, metric, samples, recipe: newest.recipe, widths: widthsOf(newest.document) };
  }

  /** A run has written new figures. */
  refresh(model: vscode.Uri): void {
    this.#changed.fire({ model, show: undefined });
  }

  /** What is known of a model: analyses first, newest first, then its newest run. Figures of another version of the file say so. */
  async of(model: vscode.Uri, layers: LayerIndex): Promise<OverlayView[]> {
    if (model.scheme !== 'file') return [];
    const [stored, run] = await Promise.all([this.#stored(model), overlaysOfRun(model)]);
    if (stored.length === 0 && !run) return [];
    const hash = await this.#hash(model);
    const marked = (overlays: OverlayView[], fresh: boolean): OverlayView[] =>
      fresh ? overlays : overlays.map((overlay) => ({ ...overlay, stale: changedSince }));
    return [
      ...stored.flatMap(({ document, measured, model: of }) => marked(analysisOverlays(document, new Date(measured), layers), of === hash)),
      ...(run ? marked(fileOverlays(run.file, run, layers), run.file.models.includes(hash)) : []),
    ];
  }

  async #stored(model: vscode.Uri): Promise<StoredAnalysis[]> {
    const all = await readJson(this.#fileOf(model));
    return Array.isArray(all) ? (all as StoredAnalysis[]).filter(({ version }) => version === 1) : [];
  }

  #fileOf(model: vscode.Uri): vscode.Uri {
    const folder = this.context.storageUri ?? this.context.globalStorageUri;
    const name = createHash('sha256').update(model.toString()).digest('hex').slice(0, 32);
    return vscode.Uri.joinPath(folder, 'analyses', `${name}.json`);
  }

  async #hash(model: vscode.Uri): Promise<string> {
    const { size, mtime } = await vscode.workspace.fs.stat(model);
    const key = `${model.toString()} ${size} ${mtime}`;
    const known = this.#hashes.get(key);
    if (known) return known;
    const { hashModel } = await import('../../engine/pipeline/index.ts');
    const hash = hashModel(model.fsPath).then(({ sha256 }) => sha256);
    this.#hashes.set(key, hash);
    return hash;
  }
}

/** The overlay file of the run that made this model, or of the newest finished run that began with it. */
async function overlaysOfRun(model: vscode.Uri): Promise<{ file: OverlayFile; id: string; origin: string } | undefined> {
  const { listRuns } = await import('../../engine/pipeline/index.ts');
  const folder = path.dirname(model.fsPath);
  const own = path.basename(folder) === 'models' ? path.dirname(folder) : undefined;
  const newest = async (): Promise<string | undefined> =>
    (await listRuns(runsFolder(model))).find(({ state, record }) => state === 'finished' && record?.recipe.model === model.fsPath)?.folder;
  const run = own ?? (await newest());
  if (run === undefined) return undefined;
  const file = (await readJson(vscode.Uri.file(path.join(run, 'overlay.json')))) as OverlayFile | undefined;
  return file?.version === 1 ? { file, id: 'run', origin: `Run ${path.basename(run)}` } : undefined;
}

/** Undefined where there is no such file, or one that is no JSON: figures are a convenience, never a reason to fail. */
async function readJson(uri: vscode.Uri): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch (error) {
    if (error instanceof vscode.FileSystemError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
