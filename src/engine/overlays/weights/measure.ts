import type { Context } from '../../base/context.ts';
import { FileRanges } from '../../onnx/file-ranges.ts';
import type { Model } from '../../onnx/graph.ts';
import { tensorSlices } from '../../onnx/tensor-slices.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { OverlayView } from '../../../protocol/view.ts';
import { weightOverlays } from './index.ts';
import { layerWeight, type LayerWeight } from './layer-weight.ts';
import type { Slices, WeightFigure } from './weight-overlay.ts';

/** Weights up to this many elements are read once and kept while their layer is looked at. */
const keptElements = 2 ** 24;

/**
 * Every overlay that looks at the values of weights, of a scanned model. Weights are read in slices, layer by layer, and only one layer's are
 * in memory. Throws Cancelled, and what reading the file throws.
 */
export async function measureWeights(model: Model, { signal, progress }: Pick<Context, 'signal' | 'progress'>): Promise<OverlayView[]> {
  const { root } = inferShapes(model).forOnePicture(model);
  const layers = root.nodes.flatMap((node, index) => {
    const weight = layerWeight(root, node);
    return weight ? [{ index, weight }] : [];
  });
  const figures = weightOverlays.map((): [number, WeightFigure][] => []);
  const ranges = new FileRanges();
  try {
    for (const [done, { index, weight }] of layers.entries()) {
      const slices = slicesOf(weight, ranges, signal);
      for (const [place, overlay] of weightOverlays.entries()) {
        const figure = await overlay.of(weight, slices);
        if (figure) figures[place]!.push([index, figure]);
      }
      progress.report({ phase: 'read weights', done: done + 1, total: layers.length, unit: 'layers' });
    }
  } finally {
    await ranges.close();
  }
  return weightOverlays.flatMap((overlay, place): OverlayView[] => {
    const found = figures[place]!;
    if (found.length === 0) return [];
    const { id, label } = overlay;
    const values = found.map(([index, { value }]): [number, number | null] => [index, value]);
    const notes = found.flatMap(([index, { note }]): [number, string][] => (note === undefined ? [] : [[index, note]]));
    const known = values.flatMap(([, value]) => (value === null ? [] : [value]));
    return [{ id, label, ...overlay.view(known), group: 'model', values, ...(notes.length ? { notes } : {}) }];
  });
}

function slicesOf({ tensor }: LayerWeight, ranges: FileRanges, signal: AbortSignal): Slices {
  const read = (): ReturnType<Slices> => tensorSlices(tensor, { ranges, signal });
  if (tensor.size > keptElements) return read;
  let kept: { start: number; values: Float64Array }[] | undefined;
  return async function* () {
    if (!kept) {
      kept = [];
      for await (const slice of read()) kept.push(slice);
    }
    yield* kept;
  };
}
