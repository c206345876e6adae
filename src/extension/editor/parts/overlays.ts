import * as vscode from 'vscode';
import { modelMessages } from '../../../protocol/webview.ts';
import { LatheError } from '../../../engine/base/errors.ts';
import { reporting } from '../../errors.ts';
import { OverlayWatch } from '../../overlays/watch.ts';
import type { OverlayView } from '../../../protocol/view.ts';
import type { LayerIndex } from '../../overlays/views.ts';
import type { FileReader } from '../file-reader.ts';
import type { OpenView, ViewPart } from '../view-part.ts';

/** Figures by layer: what follows from the model, what was measured, what can be measured, what lies in files. */
export const overlays: ViewPart = {
  attach(view) {
    const { host, document, channel } = view;
    const { uri } = document;
    const onDisk = uri.scheme === 'file';
    const watch = onDisk ? new OverlayWatch(uri, () => host.overlays.refresh(uri)) : undefined;
    const again = oneAfterAnother((show) => tell(view, watch, show));
    channel.onNotice(
      modelMessages.measure,
      ({ id }) =>
        void reporting(host.output, 'Measure', async () => {
          const { startMeasure } = await import('../../overlays/measures.ts');
          await startMeasure(host, uri, (await document.view()).inputs, id);
        }),
    );
    channel.onQuestion(modelMessages.drop, async (dropped) => {
      const { files } = host.overlays;
      const index = await indexOf(view);
      const taken = 'uri' in dropped ? files.dropAddress(uri, dropped.uri, index) : files.drop(uri, dropped.name, dropped.text, index);
      const ids = await taken.catch((error: unknown) => {
        throw error instanceof LatheError
          ? new Error([error.message, error.place.hint].filter(Boolean).join('. '), { cause: error })
          : error;
      });
      host.overlays.refresh(uri, ids[0]);
      return ids;
    });
    channel.onNotice(modelMessages.forget, ({ id }) => void host.overlays.files.forget(uri, id).then(() => host.overlays.refresh(uri)));
    return [
      host.overlays.onDidChange(({ model, show }) => model.toString() === uri.toString() && again(show)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => again(undefined)),
      ...(watch ? [watch] : []),
    ];
  },
  shown: async ({ host, document }) => host.overlays.refresh(document.uri),
};

/** What follows from a model alone, computed once for each version of the file. */
const computed = new WeakMap<FileReader, { index: LayerIndex; overlays: OverlayView[] }>();

/** Layers of the shown model by their names and by the values they make. */
const indexOf = async (view: OpenView): Promise<LayerIndex> => (await computedOf(view)).index;

async function computedOf({ document }: OpenView): Promise<{ index: LayerIndex; overlays: OverlayView[] }> {
  const reader = await document.reader();
  const known = computed.get(reader);
  if (known) return known;
  const { layerIndex } = await import('../../overlays/views.ts');
  const found = { index: layerIndex(reader.view().layers, reader.drawable()), overlays: await reader.overlays() };
  computed.set(reader, found);
  return found;
}

/** What is known of the layers; where it can't be read the model is shown without. */
async function tell(view: OpenView, watch: OverlayWatch | undefined, show: string | undefined): Promise<void> {
  const { host, document, channel } = view;
  const { uri } = document;
  const canAnalyze = vscode.workspace.isTrusted && uri.scheme === 'file' && document.isOnnx;
  const warn = (error: unknown): void => host.output.warn(`figures of ${uri.fsPath}: ${String(error)}`);
  const { index, overlays: own } = await computedOf(view);
  const known = await host.overlays.known(uri, index).catch((error: unknown) => (warn(error), { overlays: [], files: [] }));
  watch?.set(known.files);
  const all = [...known.overlays, ...own];
  const { offersFor } = await import('../../overlays/measures.ts');
  const offers = canAnalyze ? offersFor(all) : [];
  channel.tell(modelMessages.overlays, { overlays: all, offers, canAnalyze, ...(show === undefined ? {} : { show }) });
}

/** Calls that come while one is at work become one more, with the last overlay that was to be shown. */
function oneAfterAnother(work: (show: string | undefined) => Promise<void>): (show: string | undefined) => void {
  let wanted: { show: string | undefined } | undefined;
  let busy = false;
  return (show) => {
    wanted = { show: show ?? wanted?.show };
    if (busy) return;
    busy = true;
    void (async () => {
      while (wanted) {
        const next = wanted;
        wanted = undefined;
        await work(next.show).catch(() => {}); // a file that cannot be read is said by the view itself
      }
      busy = false;
    })();
  };
}
