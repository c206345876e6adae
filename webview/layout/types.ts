/**
 * A graph to be laid out from top to bottom. Plain typed arrays: they cross to the worker without a copy. Nodes and containers are numbered together:
 * 0 to `width.length` - 1.
 */
export interface LayoutInput {
  /** Size of each box, CSS pixels. Of a container (a box that is the parent of others): the least it takes; it grows around what lies inside. */
  readonly width: Float32Array;
  readonly height: Float32Array;
  /** The container each box lies in, -1 for none. A container comes before what lies in it or after, no matter. */
  readonly parent: Int32Array;
  /** 1 for boxes that are containers, empty ones included. */
  readonly container: Uint8Array;
  /** Room above what lies in a container, for its title. */
  readonly titleHeight: number;
  /** Pairs: from, to. Between boxes that are no containers. Cycles and edges to the same box are allowed. The order among edges that leave (enter) a box is that of its outputs (inputs). */
  readonly edges: Int32Array;
  /** What each edge carries, any numbers: edges of one box with the same number go one way for as long as they can, as one line that branches. Without it each goes its own. */
  readonly values?: Int32Array;
}

export interface LayoutResult {
  /** Left upper corners and sizes, in the order of the input's boxes. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly width: Float32Array;
  readonly height: Float32Array;
  /** Polyline of edge e: `points` from `starts[e]` to `starts[e + 1]`, in pairs x, y, from its source's lower border to its target's upper one. */
  readonly starts: Uint32Array;
  readonly points: Float32Array;
  /** Of the whole drawing, which begins at 0, 0. */
  readonly size: readonly [width: number, height: number];
}
