import path from 'node:path';
import * as vscode from 'vscode';
import { Cancelled, formatError, LatheError } from '../../engine/base/errors.ts';
import { compareMessages as messages, type ComparedFile, type PairDetail } from '../../protocol/compare-messages.ts';
import { Channel } from '../../protocol/transport.ts';
import type { OverlayView } from '../../protocol/view.ts';
import { openModel } from '../editor/open-model.ts';
import { watchFile } from '../editor/watch-file.ts';
import { webviewOptions, webviewPage } from '../editor/webview-page.ts';
import { reporting } from '../errors.ts';
import type { Host } from '../host.ts';
import { runsFolder } from '../settings.ts';
import type { Comparison } from './comparison.ts';
import { Fixes } from './fix.ts';
import { fileOf } from './file-names.ts';
import { Measurement } from './measurement.ts';

/** The two files of a comparison. */
export interface ComparedUris {
  readonly a: vscode.Uri;
  readonly b: vscode.Uri;
}

/** One open comparison: joins two files and a webview. */
export class ComparePanel {
  readonly #channel: Channel;
  readonly #measurement: Measurement;
  readonly #fixes: Fixes;
  readonly #shown = new vscode.EventEmitter<void>();
  /** Fires when the view has been given something to show. */
  readonly onDidShow = this.#shown.event;
  /** Ends with the files as they were read; another begins when one of them changes. */
  #reading = new AbortController();
  #comparison: Promise<Comparison> | undefined;
  #overlays: { weights?: OverlayView; measured: OverlayView[]; warnings: string[] } = { measured: [], warnings: [] };

  constructor(
    private readonly host: Host,
    readonly uris: ComparedUris,
    readonly panel: vscode.WebviewPanel,
    run: string | undefined,
  ) {
    const { webview } = panel;
    const { extensionUri } = host.context;
    this.#channel = new Channel(
      (message) => void webview.postMessage(message),
      (why) => host.output.warn(`refused from a comparison: ${why}`),
    );
    this.#fixes = new Fixes({ host, channel: this.#channel, panel }, uris.a);
    this.#measurement = new Measurement(host, uris, run, (measuring) => this.#channel.tell(messages.measuring, { measuring }));
    this.#answer();
    const disposables = [
      watchFile(uris.a, () => this.#reload()),
      watchFile(uris.b, () => this.#reload()),
      webview.onDidReceiveMessage((message) => this.#channel.receive(message)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#show()),
      this.#measurement,
      this.#shown,
    ];
    panel.onDidDispose(() => {
      this.#reading.abort();
      for (const disposable of disposables) disposable.dispose();
      this.#channel.close();
    });
    panel.title = `Compare ${path.posix.basename(uris.a.path)} ↔ ${path.posix.basename(uris.b.path)}`;
    webview.options = webviewOptions(extensionUri);
    webview.html = webviewPage(webview, extensionUri, 'compare-view', 'lathe-compare', 'Lathe comparison');
  }

  /** Runs both models on pictures and colours the layers by their errors; `choose`: asks for the pictures. Never throws. */
  async measure(choose: boolean): Promise<void> {
    await reporting(this.host.output, 'Compare', async () => {
      const document = await this.#measurement.run(choose);
      if (!document) return;
      const comparison = await this.#read();
      this.#overlays.measured = comparison.measured(document);
      this.#overlays.warnings = document.warnings;
      this.#tellOverlays(this.#overlays.measured[0]?.id);
    });
  }

  #answer(): void {
    const channel = this.#channel;
    channel.onNotice(messages.ready, () => void this.#show());
    channel.onNotice(messages.reload, () => this.#reload());
    channel.onQuestion(messages.quantizers, async () => (await this.#read()).withQuantizers());
    channel.onQuestion(messages.pane, async ({ side, quantizers }) => (await this.#read()).pane(side, quantizers));
    channel.onQuestion(messages.detail, ({ node }) => this.#detail(node));
    channel.onQuestion(messages.values, async ({ node }) => (await this.#read()).values(node, this.#reading.signal));
    channel.onNotice(messages.measure, ({ choose }) => void this.measure(choose));
    channel.onNotice(messages.cancel, () => this.#measurement.cancel());
    channel.onNotice(messages.open, ({ side, node }) => void this.#open(side, node));
    channel.onNotice(messages.fix, ({ node, ...fix }) => {
      void reporting(this.host.output, 'Fix the layer', async () => this.#fixes.apply(await this.#place(node, 'a'), fix));
    });
  }

  async #detail(node: number): Promise<PairDetail> {
    const comparison = await this.#read();
    const [detail, origin, fixes] = await Promise.all([
      comparison.detail(node),
      this.#origin(node),
      this.#fixes.of(await this.#place(node, 'a')),
    ]);
    return { ...detail, fixes, ...(origin ? { origin } : {}) };
  }

  /** What the run that made the second model says of a layer. */
  async #origin(node: number): Promise<PairDetail['origin']> {
    const { b } = this.uris;
    const layer = (await this.#read()).view.nodes[node];
    if (b.scheme !== 'file' || !layer || layer.b < 0) return undefined;
    const { originRun, layerOrigin } = await import('../editor/run-origin.ts');
    const run = await originRun(b.fsPath, runsFolder(b));
    return run?.made ? ((await layerOrigin(run, layer.names.b)) ?? (await layerOrigin(run, layer.names.a))) : undefined;
  }

  /** Index of a node's layer in one of the models; -1: it is none there. */
  async #place(node: number, side: 'a' | 'b'): Promise<number> {
    return (await this.#read()).view.nodes[node]?.[side] ?? -1;
  }

  #reload(): void {
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#comparison = undefined;
    this.#fixes.reload();
    // Figures of other weights say nothing of these.
    this.#overlays = { measured: [], warnings: [] };
    void this.#show();
  }

  #read(): Promise<Comparison> {
    return (this.#comparison ??= read(this.uris, this.#reading.signal, (done) => this.#channel.tell(messages.reading, { done })));
  }

  /** Never throws: what cannot be shown is said in the view. */
  async #show(): Promise<void> {
    const channel = this.#channel;
    const { signal } = this.#reading;
    const [a, b] = [fileOf(this.uris.a, this.uris.b), fileOf(this.uris.b, this.uris.a)];
    const onDisk = [this.uris.a, this.uris.b].every(({ scheme }) => scheme === 'file');
    channel.tell(messages.files, { a, b, canMeasure: onDisk && vscode.workspace.isTrusted });
    try {
      const comparison = await this.#read();
      if (signal.aborted) return;
      channel.tell(messages.show, { diff: comparison.view });
      this.#tellOverlays();
      this.#measurement.tell();
      this.#shown.fire();
      await this.#weighWeights(comparison, signal);
    } catch (error) {
      if (signal.aborted || error instanceof Cancelled) return;
      this.#comparison = undefined;
      this.host.output.warn(error instanceof LatheError ? formatError(error) : ((error as Error).stack ?? String(error)));
      channel.tell(messages.problem, problemOf(error, { a, b }));
      this.#shown.fire();
    }
  }

  /** Errors of the weights alone, as they become known. */
  async #weighWeights(comparison: Comparison, signal: AbortSignal): Promise<void> {
    if (this.#overlays.weights) return;
    await comparison.weightErrors(signal, (weights) => {
      if (weights.values.length === 0) return;
      this.#overlays.weights = weights;
      this.#tellOverlays();
    });
  }

  #tellOverlays(show?: string): void {
    const { weights, measured, warnings } = this.#overlays;
    const overlays = [...measured, ...(weights ? [weights] : [])];
    this.#channel.tell(messages.overlays, { overlays, warnings, ...(show === undefined ? {} : { show }) });
  }

  async #open(side: 'a' | 'b', node: number | undefined): Promise<void> {
    await reporting(this.host.output, 'Open', async () => {
      const { openLayer } = await import('./open-layer.ts');
      await openLayer(this.host, this.uris[side], node === undefined ? -1 : await this.#place(node, side));
    });
  }
}

async function read({ a, b }: ComparedUris, signal: AbortSignal, told: (done: number) => void): Promise<Comparison> {
  const [{ Comparison }, ...models] = await Promise.all([import('./comparison.ts'), named(a), named(b)]);
  return Comparison.of(models[0], models[1], signal, told);
}

async function named(uri: vscode.Uri): Promise<{ model: Awaited<ReturnType<typeof openModel>>['model']; fileBytes: number; name: string }> {
  try {
    const { model, bytes } = await openModel(uri);
    return { model, fileBytes: bytes, name: path.posix.basename(uri.path) };
  } catch (error) {
    // Which of the two it is must be said whatever went wrong.
    if (error instanceof LatheError && error.place.file === undefined) throw withFile(error, uri);
    throw error;
  }
}

const withFile = (error: LatheError, uri: vscode.Uri): LatheError =>
  new LatheError(error.code, error.message, { ...error.place, file: uri.path, cause: error });

function problemOf(error: unknown, { a, b }: { a: ComparedFile; b: ComparedFile }): { message: string; hint?: string } {
  const names = a.name === b.name ? a.name : `${a.name} and ${b.name}`;
  if (!(error instanceof LatheError)) return { message: `${names} cannot be compared: ${(error as Error).message}.` };
  const { file, node, hint } = error.place;
  const which = file === undefined ? names : path.posix.basename(file.replaceAll('\\', '/'));
  const where = node === undefined ? '' : `node ${JSON.stringify(node)}: `;
  return { message: `${which} cannot be read: ${where}${error.message}.`, ...(hint ? { hint } : {}) };
}
