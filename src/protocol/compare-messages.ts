import type { ModelDiff } from './diff.ts';
import type { DrawableGraph } from './drawable.ts';
import { either, exactly, fields, index, nothing, oneOf, optional, text } from './check.ts';
import { notice, question } from './transport.ts';
import type { ChannelsView, LayerDetail, OverlayView, ProblemView } from './view.ts';
import type { OriginView } from './weights.ts';

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
  /** What range estimators would choose for the first model's output with 8 bits; only where it was measured. */
  ranges?: { estimator: string; low: number; high: number }[];
  /** What the run that made the second model did to the layer, and how it chose its ranges. */
  origin?: OriginView;
  /** What can be done about it. */
  fixes: FixView[];
}

/** What the recipe of the first model may say of a layer: an action of that model's own view. */
export interface FixView {
  action: string;
  label: string;
  choice?: string;
}

/** A measurement that runs or waits. */
export interface MeasuringView {
  text: string;
  /** 0 to 1; absent while it waits for its turn. */
  fraction?: number;
}

const truth = either(exactly(true), exactly(false));
const side = oneOf('a', 'b');

/** Messages of the comparison of two models (`lathe.compare`). Ids are those of the merged drawing. Those from the view are checked. */
export const compareMessages = {
  /** View → host: listening; show what there is. Sent again whenever the view was made anew. */
  ready: notice<null>('compare/ready', nothing),
  /** Host → view, before anything is read: which files. `canMeasure`: both are on a disk in a trusted workspace. */
  files: notice<{ a: ComparedFile; b: ComparedFile; canMeasure: boolean }>('compare/files'),
  /** Host → view, while both are compared: the share that is done, 0 to 1. */
  reading: notice<{ done: number }>('compare/reading'),
  /** Host → view. */
  show: notice<{ diff: ModelDiff }>('compare/show'),
  /** Host → view: there is nothing to show. */
  problem: notice<ProblemView>('compare/problem'),
  /** View → host: read both files again. */
  reload: notice<null>('compare/reload', nothing),
  /** View → host: the merged drawing with quantizers as nodes of their own, under the same ids. */
  quantizers: question<null, DrawableGraph>('compare/quantizers', nothing),
  /** View → host: one of the models by itself. */
  pane: question<{ side: 'a' | 'b'; quantizers: boolean }, PaneView>('compare/pane', fields({ side, quantizers: truth })),
  /** Host → view: figures by node; `show`: id of the one that has just been measured. `warnings`: what was left out and why. */
  overlays: notice<{ overlays: OverlayView[]; show?: string; warnings: string[] }>('compare/overlays'),
  /** View → host: run both models on pictures: those of the run that made the second one where there is one, unless others are to be chosen. */
  measure: notice<{ choose: boolean }>('compare/measure', fields({ choose: truth })),
  /** Host → view; null: nothing runs. */
  measuring: notice<{ measuring: MeasuringView | null }>('compare/measuring'),
  /** View → host: end the measurement. */
  cancel: notice<null>('compare/cancel', nothing),
  /** View → host: attributes, inputs and outputs of a pair. */
  detail: question<{ node: number }, PairDetail>('compare/detail', fields({ node: index })),
  /** View → host: the values of a pair, both over one axis: weights read now, outputs where they were measured. */
  values: question<{ node: number }, ChannelsView[]>('compare/values', fields({ node: index })),
  /** View → host: write this setting for the layer into the recipe. */
  fix: notice<{ node: number; action: string; choice?: string }>(
    'compare/fix',
    fields({ node: index, action: text(), choice: optional(text()) }),
  ),
  /** View → host: open one of the models, at a layer. */
  open: notice<{ side: 'a' | 'b'; node?: number }>('compare/open', fields({ side, node: optional(index) })),
} as const;
