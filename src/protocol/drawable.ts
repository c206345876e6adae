import type { ValueView } from './view.ts';

/**
 * A graph as it is drawn, in the words of a reader, not of a file format: ONNX today, other containers by the same shape. Plain data, made by
 * `engine/drawing`, laid out and painted by `webview/graph`. Names and texts are as the file has them, hostile ones included, but cut where they
 * are very long.
 */
export interface DrawableGraph {
  /**
   * Ids are places in this list. The first `ModelView.layers.length` of them are the model's layers in the same order, so that a layer's index
   * is its node's id; nodes of sub-graphs and function bodies and the graph's ends follow.
   */
  nodes: DrawableNode[];
  edges: DrawableEdge[];
  /** What edges carry, each value once. */
  values: ValueView[];
  /** Parts that can be folded into one box. A group comes after the one it lies in. */
  groups: DrawableGroup[];
  /** What could not be made part of the drawing, one sentence each. */
  notes: string[];
}

/** What a node is for, as far as its colour goes; nothing else depends on it. */
export const nodeCategories = [
  'compute', // convolutions, matrix products
  'activation',
  'normalization',
  'pool',
  'elementwise',
  'shape', // reshape, transpose, slice, concat: moves values about
  'quantize', // QuantizeLinear, DequantizeLinear
  'control', // If, Loop, Scan, calls of functions
  'constant',
  'other',
  'end', // inputs and outputs of the graph
] as const;
export type NodeCategory = (typeof nodeCategories)[number];

export interface DrawableNode {
  kind: 'operator' | 'input' | 'output';
  category: NodeCategory;
  /** "Conv"; of an end its name. The first line of its box. */
  title: string;
  name: string;
  /** Further lines, short, most important first: "3×3, stride 2", "W 64×3×3×3". */
  lines: string[];
  /** Its attributes as the file has them, to be searched: "strides=2,2", one to a line. */
  attributes?: string;
  /** Group it lies in, -1 for none. */
  group: number;
  /** Drawn as a part of another node (a constant, the dequantization of a weight): that node's id. It has no edges. */
  into?: number;
}

export interface DrawableEdge {
  from: number;
  to: number;
  /** Place in `values`. */
  value: number;
  /** Which of the operator's outputs and inputs it joins. */
  output: number;
  input: number;
}

export interface DrawableGroup {
  /**
   * `scope`: by names with slashes; `repeat`: by structure; `node`: what lies inside an operator with sub-graphs or a function; `body`: one of its
   * sub-graphs; of a chain `model`: one of its models, and `seam`: how others' answers become its inputs.
   */
  kind: 'scope' | 'repeat' | 'node' | 'body' | 'model' | 'seam';
  /** "layer1", "else_branch". */
  title: string;
  /** "3 × Conv, 2 × Relu", "4th of 12". */
  lines: string[];
  /** Group around it, -1 for none. */
  parent: number;
  /**
   * Of kind `node`: the operator that is drawn in its place while it is closed, and not drawn while it is open, its edges neither. While it is
   * closed, edges that cross its border are not drawn: the operator has the same ones of its own.
   */
  owner?: number;
  /** Groups of one kind and the same number are alike inside: repeated blocks. */
  alike?: number;
}
