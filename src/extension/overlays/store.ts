import path from 'node:path';
import * as vscode from 'vscode';
import { formatError, LatheError } from '../../engine/base/errors.ts';
import type { RecipeRequest, TriedWidths } from '../../protocol/job.ts';
import type { AnalyzeDocument, FiguresDocument } from '../../protocol/results/analyze.ts';
import type { PruningSensitivityDocument } from '../../protocol/results/prune.ts';
import type { OverlayView } from '../../protocol/view.ts';
import type { RunStore } from '../runs/run-store.ts';
import { runsFolder } from '../settings.ts';
import { FigureStore, type FigureKind } from './figure-store.ts';
import { OverlayFiles } from './files.ts';
import { mergeAnalysis, widthsOf } from './merge-analysis.ts';
import { readJson, storageOf } from './storage.ts';
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

/** Runs of one model that are looked through for figures. */
const mostRuns = 5;

const changedSince = 'The model has changed since: analyze it again.';

/** The figures by layer that are known of models: analyses made in this workspace, and the newest run of each model. */
export class OverlayStore {
  readonly #changed = new vscode.EventEmitter<{ model: vscode.Uri; show: string | undefined }>();
  /** Fires when a model has new figures; `show` is the overlay that the user asked for. */
  readonly onDidChange = this.#changed.event;
  /** sha256 of models by path, size and time of change. */
  readonly #hashes = new Map<string, Promise<string>>();

  /** What analyses that still run know, by model. */
  readonly #running = new Map<string, AnalyzeDocument>();
  readonly #figures: FigureStore;
  /** Files that a person gave a model; whoever changes them says `refresh`. */
  readonly files: OverlayFiles;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly output: vscode.LogOutputChannel,
    private readonly runs: RunStore,
  ) {
    this.#figures = new FigureStore(context);
    this.files = new OverlayFiles(context, output);
  }

  /**
   * Keeps an analysis, in place of an earlier one by the same method and metric, and tells the views. `some`: it was of some layers only, and
   * the earlier one keeps its figures of the others, as long as the model is the same.
   */
  async add(model: vscode.Uri, document: AnalyzeDocument, recipe: RecipeRequest, layers: 'all' | 'some' = 'all'): Promise<void> {
    const measured = new Date().toISOString();
    const hash = await this.#hash(model);
    const all = await this.#stored(model);
    const others = all.filter((other) => !sameWay(other.document, document));
    const before = layers === 'some' ? all.find((other) => sameWay(other.document, document) && other.model === hash) : undefined;
    const joined = before ? mergeAnalysis(before.document, document) : document;
    const stored: StoredAnalysis = { version: 1, measured, model: hash, recipe, document: joined };
    await vscode.workspace.fs.writeFile(this.#fileOf(model), new TextEncoder().encode(JSON.stringify([stored, ...others])));
    this.#running.delete(model.toString());
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

  /** There are new figures, in a file or of a run. */
  refresh(model: vscode.Uri, show?: string): void {
    this.#changed.fire({ model, show });
  }

  /** Keeps what a job measured by itself, and tells the views to show the first of it, or `show`. */
  async keep(model: vscode.Uri, kind: FigureKind, document: FiguresDocument, show?: string): Promise<void> {
    await this.#figures.keep(model, kind, await this.#hash(model), document);
    this.#changed.fire({ model, show: show ?? document.overlays[0]?.id });
  }

  /** Keeps what removing channels does: its overlays are shown, its curves serve the preview of pruning. */
  async keepPruning(model: vscode.Uri, document: PruningSensitivityDocument): Promise<void> {
    const { overlays, nodes, seconds, warnings } = document;
    await this.#figures.keep(model, 'pruning', await this.#hash(model), {
      model: model.fsPath,
      layers: nodes,
      overlays,
      seconds,
      warnings,
      pruning: document,
    });
    this.#changed.fire({ model, show: overlays.find(({ id }) => id.endsWith('/0.5'))?.id ?? overlays[0]?.id });
  }

  /** The newest measurement of what removing channels does, of this very file. */
  async pruning(model: vscode.Uri): Promise<PruningSensitivityDocument | undefined> {
    return this.#figures.pruning(model, await this.#hash(model));
  }

  /** Figures of a job that still runs, all that it knows so far; undefined: it has ended without. Views show them in place of earlier ones. */
  sayRunning(model: vscode.Uri, document: AnalyzeDocument | undefined): void {
    const key = model.toString();
    const first = !this.#running.has(key);
    if (!document) {
      if (this.#running.delete(key)) this.#changed.fire({ model, show: undefined });
      return;
    }
    if (document.layers.length === 0) return;
    this.#running.set(key, document);
    this.#changed.fire({ model, show: first ? overlayId(document, document.layers[0]!) : undefined });
  }

  /**
   * What is known of a model: what is being measured, analyses, newest first, its newest run, figures of single jobs, files. Figures of another
   * version of the model say so.
   */
  async of(model: vscode.Uri, layers: LayerIndex): Promise<OverlayView[]> {
    return (await this.known(model, layers)).overlays;
  }

  /** The same, with the files it was read from. */
  async known(model: vscode.Uri, layers: LayerIndex): Promise<{ overlays: OverlayView[]; files: vscode.Uri[] }> {
    // A file that is not on a disk has no runs, and is not hashed.
    if (model.scheme !== 'file') return this.files.of(model, layers, async () => undefined);
    const hash = (): Promise<string> => this.#hash(model);
    const [analyses, run, figures, files] = await Promise.all([
      this.#analyses(model, layers),
      this.#ofRun(model, layers),
      this.#figures.of(model, layers, hash),
      this.files.of(model, layers, hash),
    ]);
    return { overlays: [...analyses, ...run.overlays, ...figures, ...files.overlays], files: [...run.files, ...files.files] };
  }

  async #analyses(model: vscode.Uri, layers: LayerIndex): Promise<OverlayView[]> {
    const stored = await this.#stored(model);
    const running = this.#running.get(model.toString());
    if (stored.length === 0 && !running) return [];
    const hash = await this.#hash(model);
    const views = stored.flatMap(({ document, measured, model: of }) =>
      marked(analysisOverlays(document, new Date(measured), layers), of === hash),
    );
    if (!running) return views;
    const same = stored.find(({ document, model: of }) => sameWay(document, running) && of === hash);
    const current = analysisOverlays(same ? mergeAnalysis(same.document, running) : running, 'running', layers);
    return [...current, ...views.filter(({ id }) => !current.some((view) => view.id === id))];
  }

  /** The overlay file of the run that made this model, or of the newest one that began with it. */
  async #ofRun(model: vscode.Uri, layers: LayerIndex): Promise<{ overlays: OverlayView[]; files: vscode.Uri[] }> {
    for (const run of await runsOf(model, this.runs)) {
      const file = vscode.Uri.file(path.join(run, 'overlay.json'));
      const annotations = await this.files.read(file).catch((error: unknown) => {
        if (!(error instanceof LatheError)) throw error;
        this.output.debug(formatError(error));
      });
      if (!annotations) continue;
      const overlays = fileOverlays(annotations, { id: 'run', origin: `Run ${path.basename(run)}` }, layers);
      return { overlays: marked(overlays, annotations.models.includes(await this.#hash(model))), files: [file] };
    }
    return { overlays: [], files: [] };
  }

  async #stored(model: vscode.Uri): Promise<StoredAnalysis[]> {
    const all = await readJson(this.#fileOf(model));
    return Array.isArray(all) ? (all as StoredAnalysis[]).filter(({ version }) => version === 1) : [];
  }

  #fileOf(model: vscode.Uri): vscode.Uri {
    return storageOf(this.context, 'analyses', model);
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

/** Run folders whose figures are of this model, the likeliest first. */
async function runsOf(model: vscode.Uri, runs: RunStore): Promise<string[]> {
  const folder = path.dirname(model.fsPath);
  if (path.basename(folder) === 'models') return [path.dirname(folder)];
  const began = (await runs.listIn(runsFolder(model))).filter((run) => run.model === model.fsPath);
  return began.slice(0, mostRuns).map((run) => run.folder);
}

const sameWay = (a: AnalyzeDocument, b: AnalyzeDocument): boolean => a.method === b.method && a.metric === b.metric;

const marked = (overlays: OverlayView[], fresh: boolean): OverlayView[] =>
  fresh ? overlays : overlays.map((overlay) => ({ ...overlay, stale: changedSince }));
