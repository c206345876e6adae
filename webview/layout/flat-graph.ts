/** What a vertex of a flat graph is. Ways in and out lie in the borders of the container whose inside the graph is. */
export const role = { box: 0, wayIn: 1, wayOut: 2 } as const;

/** The inside of one container, or a connected part of it, in which inner containers are boxes of known size. */
export interface FlatGraph {
  readonly width: Float64Array;
  readonly height: Float64Array;
  /** One of `role` for each vertex. */
  readonly roles: Uint8Array;
  /** 1 for boxes whose links keep to their places in the border: inner containers. */
  readonly fixed: Uint8Array;
  /** Links: vertices they join. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Where a link leaves and enters its boxes, from their middle. */
  readonly fromX: Float64Array;
  readonly toX: Float64Array;
  /** Links with the same number leave the same vertex and share their way. */
  readonly line: Int32Array;
}

/** Places of a flat graph, which begin at 0, 0. */
export interface FlatLayout {
  /** Middle of each vertex. */
  readonly x: Float64Array;
  /** Its upper border. */
  readonly y: Float64Array;
  readonly width: number;
  readonly height: number;
  /** Polyline of link l: `points` from `starts[l]` to `starts[l + 1]`, pairs. */
  readonly starts: Uint32Array;
  readonly points: Float64Array;
}

/** Room kept between things, CSS pixels. */
export const gaps = { boxes: 24, boxAndLine: 14, lines: 10, ranks: 40, border: 16, parts: 40 } as const;
