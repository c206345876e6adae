import type { DrawableGraph } from './drawable.ts';

/** Two models as one drawing, and what became of each node. Plain data, made by `engine/drawing/diff`, shown by `webview/compare`. */
export interface ModelDiff {
  /** What stands before and after. */
  models: { a: DiffedModel; b: DiffedModel };
  /** Every node of both, matched ones once; quantizers folded into the values they round. */
  graph: DrawableGraph;
  /** By the drawing's ids. */
  nodes: DiffNode[];
  notes: string[];
}

export interface DiffedModel {
  fileBytes: number;
  /** "ONNX, opset 13". */
  format: string;
  parameters: number;
  weightBytes: number;
  macs: number | null;
  layers: number;
  /** Layers with weights by the bits of these, most first: [[8, 20], [32, 2]]. */
  bits: [bits: number, layers: number][];
}

export type DiffStatus = 'same' | 'changed' | 'added' | 'removed';

/** `added` and `removed` are of the second and of the first model only. */
export interface DiffNode {
  status: DiffStatus;
  /** Places of the layer in the two models' own order (`LayerView.index`); -1: not there, or no layer of the main graph. */
  a: number;
  b: number;
  /** Its names, cut as in the drawing; the same text where it was not renamed. */
  names: { a: string; b: string };
  /** What changed, a few words each: "weights float32 → int8". */
  changes: string[];
  /** Of `changes`, in no order: to filter by. */
  kinds: string[];
  /** Folded into another node of the drawing: a constant or a quantizer. */
  part?: true;
  /** Only what has channels, weights, multiply-adds. */
  channels?: Sides;
  parameters?: Sides;
  weightBytes?: Sides;
  macs?: Sides;
  /** Of the weights as stored. */
  bits?: Sides;
}

/** A figure in both models; null where the layer is not there or it is not known. */
export type Sides = [a: number | null, b: number | null];
