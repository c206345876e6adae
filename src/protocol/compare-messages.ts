import type { ModelDiff } from './diff.ts';
import type { DrawableGraph } from './drawable.ts';
import { notice, question } from './transport.ts';
import type { ChannelsView, LayerDetail, OverlayView, ProblemView } from './view.ts';

/** One of the two files. */
export interface ComparedFile {
  /** Its URI as text: what is kept to find it again. */
  uri: string;
  /** File name without folders. */
  name: string;
  /** What tells it from another of the same name: its folder, "HEAD". */
  place: string;
  /** Whether it can be opened in an editor of its own. */
  opens: boolean;
}

/** One model of a comparison as it is by itself. */
export interface PaneView {
  graph: DrawableGraph;
  /** By the graph's ids: the node's id in the merged drawing. */
  ids: number[];
}

/** The integers that a layer's output is stored as, and what they stand for. */
export interface StorageView {
  /** "uint8". */
  type: string;
  low: number;
  high: number;
  step: number;
}

/** Two matched layers, or the one there is. */
export interface PairDetail {
  a?: LayerDetail;
  b?: LayerDetail;
  storage: { a?: StorageView; b?: StorageView };
  /** Where the second model comes from: "ranges by mse (run resnet20-…)"; absent where it is not known. */
  origin?: string;
}

/** What `fix` may ask for: another width of the layer's weights and activations in the recipe, or none. */
export interface FixView {
  label: string;
  value: string;
}

/** A measurement that runs or waits. */
export interface MeasuringView {
  text: string;
  /** 0 to 1; absent while it waits for its turn. */
  fraction?: number;
}

/** Messages of the comparison of two models (`lathe.compare`). Ids are those of the merged drawing. */
export const compareMessages = {
  /** View → host: listening; show what there is. Sent again whenever the view was made anew. */
  ready: notice<null>('compare/ready'),
  /** Host → view, before anything is read: which files. `canMeasure`: both are on a disk in a trusted workspace. */
  files: notice<{ a: ComparedFile; b: ComparedFile; canMeasure: boolean; fixes: FixView[] }>('compare/files'),
  /** Host → view. */
  show: notice<{ diff: ModelDiff }>('compare/show'),
  /** Host → view: there is nothing to show. */
  problem: notice<ProblemView>('compare/problem'),
  /** View → host: read both files again. */
  reload: notice<null>('compare/reload'),
  /** View → host: one of the models by itself. */
  pane: question<{ side: 'a' | 'b'; quantizers: boolean }, PaneView>('compare/pane'),
  /** Host → view: figures by node; `show`: id of the one that has just been measured. `warnings`: what was left out and why. */
  overlays: notice<{ overlays: OverlayView[]; show?: string; warnings: string[] }>('compare/overlays'),
  /** View → host: run both models on pictures: those of the run that made the second one where there is one, unless others are to be chosen. */
  measure: notice<{ choose: boolean }>('compare/measure'),
  /** Host → view; null: nothing runs. */
  measuring: notice<{ measuring: MeasuringView | null }>('compare/measuring'),
  /** View → host: end the measurement. */
  cancel: notice<null>('compare/cancel'),
  /** View → host: attributes, inputs and outputs of a pair. */
  detail: question<{ node: number }, PairDetail>('compare/detail'),
  /** View → host: the values of a pair, both over one axis: weights read now, outputs where they were measured. */
  values: question<{ node: number }, ChannelsView[]>('compare/values'),
  /** View → host: write this setting for the layer into the recipe. */
  fix: notice<{ node: number; value: string }>('compare/fix'),
  /** View → host: open one of the models, at a layer. */
  open: notice<{ side: 'a' | 'b'; node?: number }>('compare/open'),
} as const;
