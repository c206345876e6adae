import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { LayoutClient } from '../layout/client.ts';
import type { LayoutResult } from '../layout/types.ts';
import type { NodePaint } from './paint.ts';

/** Where the view looks: the drawing's point in the middle of the view, and CSS pixels per unit of the drawing. */
export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

/**
 * A graph on a canvas. Knows nothing of models: whoever uses it says what is open, selected, marked and how nodes are coloured.
 *
 * Fires `select` (detail: ids, the last is the one that was clicked), `fold` (detail: { group, open }), `camera` (detail: Camera, when it has come to
 * rest), `menu` (detail: { node, x, y }, CSS pixels) and `drawn` (after the first picture of a new layout).
 */
export class GraphView extends LitElement {
  static override properties = {
    graph: { attribute: false },
    open: { attribute: false },
    selected: { attribute: false },
    marked: { attribute: false },
    paint: { attribute: false },
    camera: { attribute: false },
  };

  declare graph: DrawableGraph | undefined;
  /** Groups that are unfolded. */
  declare open: ReadonlySet<number>;
  /** Ids of nodes; the last is the leading one. */
  declare selected: readonly number[];
  /** Found or on a path: all others step back; undefined: nothing is marked. */
  declare marked: ReadonlySet<number> | undefined;
  declare paint: NodePaint | undefined;
  /** Where to look first; undefined: the whole graph, or its beginning at a readable size where it is large. */
  declare camera: Camera | undefined;
  readonly #layouts = new LayoutClient();
  #layout: LayoutResult | undefined;

  constructor() {
    super();
    this.open = new Set();
    this.selected = [];
  }

  /** Shows all of it. */
  fit(): void {}

  /** Brings a node into sight, as near as is needed to read it. Opens nothing: a node in a folded group shows that group. */
  reveal(_node: number): void {}

  override render(): TemplateResult {
    return html`<canvas></canvas>`;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('graph') && this.graph) void this.#arrange(this.graph);
  }

  async #arrange(graph: DrawableGraph): Promise<void> {
    const size = graph.nodes.length;
    const input = {
      width: new Float32Array(size).fill(120),
      height: new Float32Array(size).fill(32),
      parent: new Int32Array(size).fill(-1),
      container: new Uint8Array(size),
      titleHeight: 20,
      edges: Int32Array.from(graph.edges.flatMap(({ from, to }) => [from, to])),
    };
    this.#layout = await this.#layouts.layout(input, new AbortController().signal);
    this.#draw(graph, this.#layout);
    this.dispatchEvent(new CustomEvent('drawn'));
  }

  #draw(graph: DrawableGraph, { x, y, width, height }: LayoutResult): void {
    const canvas = this.renderRoot.querySelector('canvas')!;
    const context = canvas.getContext('2d')!;
    [canvas.width, canvas.height] = [this.clientWidth, this.clientHeight];
    graph.nodes.forEach((node, id) => {
      context.strokeRect(x[id]!, y[id]!, width[id]!, height[id]!);
      context.fillText(node.title, x[id]! + 8, y[id]! + 20);
    });
  }

  static override styles = css`
    :host {
      display: block;
      position: relative;
      overflow: hidden;
    }
  `;
}
