import type { Reading } from '../../engine/drawing/weights/chunks.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { LayerDetail, ModelView, OverlayView } from '../../protocol/view.ts';
import type { KernelsView, RoundedView, WeightsPlace, WeightsView } from '../../protocol/weights.ts';

/** An open file as a view shows it, whatever its format, and what is asked of single layers. Knows no editor. */
export interface FileReader {
  view(): ModelView;
  drawable(): DrawableGraph;
  /** What follows from the file alone. */
  overlays(): Promise<OverlayView[]>;
  /** Throws RangeError where there is no such operator in the drawing. */
  detail(node: number): LayerDetail;
  /** One pass over a stored tensor, in slices. Throws `weights.none`, `weights.numbers`, `model.truncated`, `file.read`. */
  weights(place: WeightsPlace, reading: Reading): Promise<WeightsView>;
  /** A float tensor beside itself in `bits` bits. Throws as `weights`. */
  rounded(place: WeightsPlace, bits: number, reading: Reading): Promise<RoundedView>;
  /** A tensor beside the one it was made from. Throws as `weights`, and `weights.differ`. */
  besideOriginal(place: WeightsPlace, original: FileReader, reading: Reading): Promise<RoundedView>;
  /** Elements for a picture. Throws as `weights`. */
  kernels(place: WeightsPlace & { firstRow: number; firstCell: number }, reading: Reading): Promise<KernelsView>;
}
