import path from 'node:path';
import * as vscode from 'vscode';
import type { OverlayOffer, OverlayView, ValueView } from '../../protocol/view.ts';
import type { Host } from '../host.ts';

/** A way to get figures that are not there yet. */
interface Measure {
  /** Undefined where its figures are there. */
  offer(known: readonly OverlayView[]): OverlayOffer[];
  /** Resolves when the figures are shown or the user turned away. Throws LatheError. */
  start(host: Host, model: vscode.Uri, inputs: readonly ValueView[], id: string): Promise<void>;
}

/** What can be had without pictures, from the weights alone; one job brings all of them. */
const fromWeights: OverlayOffer[] = [
  { id: 'weight-error/8', label: 'Weight error (SQNR), 8 bits', needs: 'no pictures needed', action: 'Read the weights' },
  { id: 'weight-error/4', label: 'Weight error (SQNR), 4 bits', needs: 'no pictures needed', action: 'Read the weights' },
  { id: 'sparsity', label: 'Sparsity', needs: 'no pictures needed', action: 'Read the weights' },
  { id: 'pruned-channels', label: 'Pruned channels', needs: 'no pictures needed', action: 'Read the weights' },
];

const [runs, warmUp] = [20, 5];

const measures: Readonly<Record<string, Measure>> = {
  analyze: {
    offer: () => [{ id: 'analyze', label: 'Quantization error and sensitivity', needs: 'needs pictures', action: 'Analyze…' }],
    start: async (_, model) => void (await vscode.commands.executeCommand('lathe.analyze', model)),
  },
  pruning: {
    offer: (known) =>
      known.some(({ id, stale }) => !stale && id.startsWith('pruning/'))
        ? []
        : [{ id: 'pruning', label: 'Sensitivity to pruning', needs: 'needs pictures', action: 'Measure…' }],
    start: async (host, model) => (await import('../pruning/analyze-pruning.ts')).analyzePruning(host, model),
  },
  weights: {
    // Models that are quantized already have no rounding error: the first job says which of the four there are.
    offer: (known) => (known.some(({ id, stale }) => !stale && fromWeights.some((one) => one.id === id)) ? [] : fromWeights),
    async start(host, model, _, id) {
      const found = await host.jobs.run(
        `Read the weights of ${path.basename(model.fsPath)}`,
        { kind: 'weights', model: model.fsPath },
        model.fsPath,
      );
      await host.overlays.keep(model, 'weights', found, found.overlays.some((overlay) => overlay.id === id) ? id : undefined);
      if (found.overlays.length === 0)
        void vscode.window.showInformationMessage(`${path.basename(model.fsPath)}: its layers have no weights.`);
    },
  },
  latency: {
    offer: (known) => {
      const again = known.some(({ id }) => id === 'latency');
      const action = again ? 'Measure again' : 'Measure latency';
      return [{ id: 'latency', label: 'Measured latency', needs: `runs the model ${runs} times on this machine`, action }];
    },
    async start(host, model, inputs) {
      const shapes = await askShapes(inputs);
      if (!shapes) return;
      const job = { kind: 'profile' as const, model: model.fsPath, runs, warmUp, shapes };
      const found = await host.jobs.run(`Time ${path.basename(model.fsPath)}`, job, model.fsPath);
      await host.overlays.keep(model, 'profile', found);
    },
  },
};

/** What can still be measured of a model. */
export const offersFor = (known: readonly OverlayView[]): OverlayOffer[] =>
  Object.values(measures).flatMap((measure) => measure.offer(known));

/** Measures what an offer promised. An id that nobody offers does nothing: the view may be older. */
export async function startMeasure(host: Host, model: vscode.Uri, inputs: readonly ValueView[], id: string): Promise<void> {
  const measure = measures[id] ?? (fromWeights.some((offer) => offer.id === id) ? measures['weights'] : undefined);
  await measure?.start(host, model, inputs, id);
}

/** Sizes of the inputs with free dimensions beside the first; undefined: the user turned away. */
async function askShapes(inputs: readonly ValueView[]): Promise<Record<string, number[]> | undefined> {
  const shapes: Record<string, number[]> = {};
  for (const { name, shape } of inputs) {
    if (!shape?.slice(1).some((dim) => typeof dim !== 'number')) continue;
    const usual = shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 224)).join('×');
    const given = await vscode.window.showInputBox({
      title: 'Measure latency',
      prompt: `At which size of the input ${JSON.stringify(name.slice(0, 80))}?`,
      value: usual,
      ignoreFocusOut: true,
      validateInput: (text) => (parseShape(text, shape) ? undefined : `${shape.length} sizes are needed, such as ${usual}`),
    });
    const parsed = given === undefined ? undefined : parseShape(given, shape);
    if (!parsed) return undefined;
    shapes[name] = parsed;
  }
  return shapes;
}

/** "1×3×320×320", with any sign between the numbers; those that the model fixes must be the model's. */
function parseShape(text: string, shape: readonly (number | string | null)[]): number[] | undefined {
  const sizes = text
    .split(/[^0-9]+/)
    .filter(Boolean)
    .map(Number);
  const fits =
    sizes.length === shape.length && sizes.every((size, axis) => size > 0 && (typeof shape[axis] !== 'number' || shape[axis] === size));
  return fits ? sizes : undefined;
}
