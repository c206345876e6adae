import type { View } from './camera.ts';
import type { LayoutResult } from '../layout/types.ts';
import type { NodePaint, NodeStatus } from './paint.ts';
import { nodesOf, type Scene } from './scene.ts';
import { SpatialIndex } from './spatial-index.ts';
import type { BoxColors, Theme } from './theme.ts';

/** A scene with its places, ready to be found by place and painted. */
export interface Arranged {
  scene: Scene;
  layout: LayoutResult;
  /** Frames of open groups, outer ones first. */
  frames: number[];
  boxIndex: SpatialIndex;
  /** Parts of edges; `partEdge` says whose. */
  partIndex: SpatialIndex;
  partEdge: Int32Array;
}

export function arranged(scene: Scene, layout: LayoutResult): Arranged {
  const { x, y, width, height, points, starts } = layout;
  const plain = scene.boxes.map((_, box) => box);
  const bounds = new Float32Array(plain.length * 4);
  for (const box of plain) bounds.set([x[box]!, y[box]!, x[box]! + width[box]!, y[box]! + height[box]!], box * 4);
  const edges = scene.edges.length;
  const parts = Math.max(0, points.length / 2 - edges);
  const partBounds = new Float32Array(parts * 4);
  const partEdge = new Int32Array(parts);
  let part = 0;
  for (let edge = 0; edge < edges; edge++) {
    for (let at = starts[edge]! + 2; at < starts[edge + 1]!; at += 2, part++) {
      const [x0, y0, x1, y1] = [points[at - 2]!, points[at - 1]!, points[at]!, points[at + 1]!];
      partBounds.set([Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)], part * 4);
      partEdge[part] = edge;
    }
  }
  return {
    scene,
    layout,
    frames: plain.filter((box) => scene.boxes[box]!.container).sort((a, b) => scene.boxes[a]!.depth - scene.boxes[b]!.depth),
    boxIndex: new SpatialIndex(bounds),
    partIndex: new SpatialIndex(partBounds.subarray(0, part * 4)),
    partEdge,
  };
}

/** Boxes and edges that touch the view. */
export function inSight({ boxIndex, partIndex, partEdge, scene }: Arranged, view: View): { boxes: number[]; edges: number[] } {
  const [right, bottom] = [view.left + view.width / view.zoom, view.top + view.height / view.zoom];
  const boxes: number[] = [];
  // Room for figures beside boxes and borders around them.
  boxIndex.search(view.left - 80, view.top - 8, right + 8, bottom + 8, (box) => boxes.push(box));
  const edges: number[] = [];
  const taken = new Uint8Array(scene.edges.length);
  partIndex.search(view.left, view.top, right, bottom, (part) => {
    const edge = partEdge[part]!;
    if (taken[edge]) return;
    taken[edge] = 1;
    edges.push(edge);
  });
  return { boxes, edges };
}

/** How boxes look under an overlay. Asked of the overlay once for each, since a picture is painted many times. */
export class Looks {
  /** -1: the overlay says nothing. */
  readonly levels: Float32Array;
  readonly statuses: (NodeStatus | undefined)[];
  readonly painted: boolean;
  /** Colours of boxes seen from afar. */
  readonly blocks: string[];
  readonly #lengths: boolean;
  readonly #scene: Scene;
  readonly #paint: NodePaint | undefined;
  readonly #texts = new Map<number, string | undefined>();

  constructor(scene: Scene, paint: NodePaint | undefined, theme: Theme) {
    this.#scene = scene;
    this.#paint = paint;
    this.painted = paint !== undefined;
    this.#lengths = this.painted && theme.highContrast;
    this.levels = new Float32Array(scene.boxes.length).fill(-1);
    this.statuses = [];
    if (paint) this.#ask(scene, paint);
    this.blocks = scene.boxes.map((_, box) => this.#block(box, theme));
  }

  #ask(scene: Scene, paint: NodePaint): void {
    scene.boxes.forEach((box, id) => {
      if (box.container) return;
      const nodes = box.group >= 0 ? nodesOf(scene, id) : [box.node];
      this.levels[id] = (box.group >= 0 ? paint.groupLevel(nodes) : paint.level(box.node)) ?? -1;
      if (paint.status) this.statuses[id] = strongest(nodes.map((node) => paint.status!(node)));
    });
  }

  #block(box: number, theme: Theme): string {
    const status = this.statuses[box];
    return status && status !== 'same' && this.levels[box]! < 0 ? theme.status[status] : this.colors(box, theme).block;
  }

  /** "12 dB". */
  text(box: number): string | undefined {
    if (!this.#texts.has(box)) this.#texts.set(box, this.#textOf(box));
    return this.#texts.get(box);
  }

  #textOf(id: number): string | undefined {
    const box = this.#scene.boxes[id]!;
    if (!this.#paint || box.container) return undefined;
    return box.group >= 0 ? this.#paint.groupText(nodesOf(this.#scene, id)) : this.#paint.text(box.node);
  }

  /**
   * How much of a block seen from afar, or of a box's bar, has its colour. Under an overlay in high contrast it tells the level, so that colour is not
   * alone: the worst is whole, the best a fifth, and what the overlay says nothing of has none.
   */
  share(box: number): number {
    const level = this.levels[box]!;
    if (!this.#lengths || (level < 0 && this.statuses[box] !== undefined)) return 1;
    return level < 0 ? 0 : 1 - level / 5;
  }

  colors(box: number, theme: Theme): BoxColors {
    const level = this.levels[box]!;
    if (level >= 0) return theme.level(level);
    return this.painted ? theme.plain : theme.category[this.#scene.boxes[box]!.category];
  }
}

/** Of a folded group: anything but "same" inside it makes it changed; all alike keep their status. */
function strongest(statuses: readonly (NodeStatus | undefined)[]): NodeStatus | undefined {
  const kinds = new Set(statuses.filter((status) => status !== undefined));
  return kinds.size > 1 ? 'changed' : [...kinds][0];
}

/** What of the picture is selected, found, pointed at; boxes and edges of the scene. */
export interface Emphasis {
  selected: ReadonlySet<number>;
  /** Edges of what is selected. */
  edges: ReadonlySet<number>;
  /** The box that the keyboard stands on; -1: none. */
  lead: number;
  hoveredBox: number;
  hoveredEdge: number;
  /** Boxes that are found; all others step back. */
  marked: ReadonlySet<number> | undefined;
  /** The canvas has the focus. */
  focused: boolean;
}

export const noEmphasis: Emphasis = {
  selected: new Set(),
  edges: new Set(),
  lead: -1,
  hoveredBox: -1,
  hoveredEdge: -1,
  marked: undefined,
  focused: false,
};
