import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { LayoutClient } from '../layout/client.ts';
import { firstCamera, moved, zoomed, type Camera, type Rect } from './camera.ts';
import { styles } from './graph-styles.ts';
import { boxesWithin, hitTest, type Hit } from './hit.ts';
import { onKey, type KeyActions } from './keyboard.ts';
import { foldedAround, groupsOpenAtFirst } from './open-groups.ts';
import type { NodePaint } from './paint.ts';
import { arranged, type Arranged } from './picture.ts';
import { listen, type Gestures } from './pointer.ts';
import { pngOf, pngScale, svgOf } from './save-picture.ts';
import { buildScene, nodesOf, type SceneEdge } from './scene.ts';
import { keptPlace } from './kept-place.ts';
import { rectOf, Stage } from './stage.ts';
import { Tooltip } from './tooltip.ts';
import { watchPage } from './watch-page.ts';
import { boxWords, hoverText } from './words.ts';

export type { Camera } from './camera.ts';

/** A menu is asked for, at CSS pixels of the window, for the selected nodes. `node` and `group`: what it was opened on, -1 where there is none. */
export interface MenuPlace {
  node: number;
  group: number;
  x: number;
  y: number;
}

/** Layouts that take longer (milliseconds) are told of, and can be cancelled. */
const patience = 200;

/**
 * A graph on a canvas. Knows nothing of models: whoever uses it says what is open, selected, marked and how nodes are coloured.
 *
 * Fires `select` (detail: ids of nodes, the last is the one that was clicked; of a folded group all nodes inside it), `fold` (detail: { group, open }),
 * `look` (with each movement of the view; `lookingAt` says where), `camera` (detail: Camera, when it has come to rest), `menu` (detail: MenuPlace) and `drawn` (after the first picture of a new layout). It changes none
 * of its properties itself: the picture follows when its user answers the event by setting them.
 */
export class GraphView extends LitElement {
  static override properties = {
    graph: { attribute: false },
    open: { attribute: false },
    selected: { attribute: false },
    marked: { attribute: false },
    paint: { attribute: false },
    camera: { attribute: false },
    busy: { state: true },
    failure: { state: true },
    said: { state: true },
  };

  declare graph: DrawableGraph | undefined;
  /** Groups that are unfolded; undefined: as `groupsOpenAtFirst` says. */
  declare open: ReadonlySet<number> | undefined;
  /** Ids of nodes; the last is the leading one. */
  declare selected: readonly number[];
  /** Found or on a path (see paths.ts): all others step back, edges between marked nodes do not; undefined: nothing is marked. */
  declare marked: ReadonlySet<number> | undefined;
  declare paint: NodePaint | undefined;
  /** Where to look first, taken when a graph is shown; undefined: the whole graph, or its beginning at a readable size where it is large. */
  declare camera: Camera | undefined;
  /** What is being done that takes long. */
  declare private busy: string | undefined;
  declare private failure: string | undefined;
  /** To be spoken by a screen reader. */
  declare private said: string;

  readonly #layouts = new LayoutClient();
  #work: AbortController | undefined;
  #listening: AbortController | undefined;
  #stage: Stage | undefined;
  #tooltip: Tooltip | undefined;
  /** The graph on the stage; another one may be on its way. */
  #shown: DrawableGraph | undefined;
  /** Group that a person folds or unfolds: its box stays where it is. */
  #folding = -1;
  /** Node to be brought into sight as soon as it is laid out. */
  #awaited = -1;

  constructor() {
    super();
    this.selected = [];
    this.said = '';
  }

  /** Shows all of it. */
  fit(): void {
    this.#stage?.fit();
  }

  /**
   * Brings a node into sight, as near as is needed to read it. A node in a folded group shows that group; with `open`, the groups around it are asked to
   * be unfolded (`fold`) first.
   */
  reveal(node: number, { open = false } = {}): void {
    const { graph } = this;
    const stage = this.#stage;
    if (open && graph?.nodes[node]) {
      const folded = foldedAround(graph, this.#open(graph), node);
      for (const group of folded) this.dispatchEvent(new CustomEvent('fold', { detail: { group, open: true } }));
      if (folded.length > 0) this.#awaited = node;
    }
    if (!stage?.arranged || this.#shown !== graph) this.#awaited = node;
    else if ((stage.arranged.scene.boxOf[node] ?? -1) >= 0) stage.reveal(stage.arranged.scene.boxOf[node]!);
  }

  /** Nearer by a factor around the middle of the view. */
  zoomBy(factor: number): void {
    this.#stage?.zoomBy(factor);
  }

  /** To the place that was looked at before the last leap (fit, reveal, minimap). */
  back(): void {
    this.#stage?.back();
  }

  forward(): void {
    this.#stage?.forward();
  }

  /** Where the view looks now; undefined while there is no picture. `look` is fired whenever a person changes it. */
  get lookingAt(): Camera | undefined {
    return this.#stage?.arranged && this.#stage.camera;
  }

  /** Looks where another view looks, without firing `look`. */
  follow(camera: Camera): void {
    this.#stage?.follow(camera);
  }

  /** The box that shows a node, its own or that of the folded group around it, in units of the drawing. */
  placeOf(node: number): Rect | undefined {
    const { scene, layout } = this.#stage?.arranged ?? {};
    const box = scene?.boxOf[node] ?? -1;
    return layout && box >= 0 ? rectOf(layout, box) : undefined;
  }

  /** The whole graph as it is folded and coloured now; '' while there is none. */
  svg(): string {
    const painting = this.#stage?.painting;
    return painting ? svgOf(painting, 'Graph') : '';
  }

  /** The same as a PNG with `scale` pixels for each CSS pixel at life size, or as many as a picture can have: see `pngScale`. */
  async png(scale = 2): Promise<Blob> {
    const painting = this.#stage?.painting;
    if (!painting) throw new Error('There is no graph to save yet.');
    return pngOf(painting, scale);
  }

  /** The scale a PNG will have where `wanted` is asked for: smaller where the picture would be larger than a canvas may be. */
  pngScale(wanted = 2): number {
    const size = this.#stage?.arranged?.layout.size;
    return size ? pngScale(size, wanted) : wanted;
  }

  override focus(options?: FocusOptions): void {
    this.#canvas?.focus(options);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listening = new AbortController();
    watchPage(this, this.#listening.signal, { size: () => this.#stage?.invalidate(), theme: () => this.#stage?.readTheme() });
    if (this.#canvas) this.#listen(this.#canvas);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.#work?.abort();
    this.#stage?.stop();
  }

  override render(): TemplateResult {
    const { nodes = [], edges = [] } = this.graph ?? {};
    return html`<canvas
        id="picture"
        tabindex="0"
        role="application"
        aria-roledescription="graph"
        aria-label=${`Graph of ${nodes.length} nodes and ${edges.length} edges. Arrow keys walk along the edges, Enter unfolds a group.`}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        @focus=${() => this.#stage?.emphasize({ focused: true })}
        @blur=${() => this.#stage?.emphasize({ focused: false })}
      ></canvas>
      <canvas
        id="minimap"
        aria-hidden="true"
        @pointerdown=${(event: PointerEvent) => this.#stage?.onMinimap(event)}
        @pointermove=${(event: PointerEvent) => this.#stage?.onMinimap(event)}
      ></canvas>
      <div id="hover" role="tooltip" hidden></div>
      <div id="said" role="status" aria-live="polite">${this.said}</div>
      ${this.busy ? this.#notice('status', this.busy, 'Cancel', () => this.#work?.abort()) : nothing}
      ${this.failure ? this.#notice('alert', this.failure, 'Try again', () => void this.#arrange()) : nothing}`;
  }

  #notice(role: string, text: string, button: string, act: () => void): TemplateResult {
    return html`<div class="notice" role=${role}>${text} <button type="button" @click=${act}>${button}</button></div>`;
  }

  override firstUpdated(): void {
    const map = this.renderRoot.querySelector<HTMLCanvasElement>('#minimap')!;
    this.#stage = new Stage(this, this.#canvas!, map, (camera) =>
      this.dispatchEvent(new CustomEvent<Camera>('camera', { detail: camera })),
    );
    this.#stage.moved = () => void this.dispatchEvent(new CustomEvent('look'));
    this.#stage.color(this.paint);
    this.#tooltip = new Tooltip(this.renderRoot.querySelector<HTMLElement>('#hover')!);
    this.#listen(this.#canvas!);
  }

  #listen(canvas: HTMLCanvasElement): void {
    listen(canvas, this.#gestures, this.#listening!.signal);
  }

  override updated(changed: PropertyValues<this>): void {
    if ((changed.has('graph') || changed.has('open')) && this.graph) void this.#arrange();
    if (changed.has('paint')) this.#stage!.color(this.paint);
    if (changed.has('selected') || changed.has('marked')) this.#emphasize();
  }

  get #canvas(): HTMLCanvasElement | null {
    return this.renderRoot.querySelector<HTMLCanvasElement>('#picture');
  }

  #open(graph: DrawableGraph): ReadonlySet<number> {
    return this.open ?? groupsOpenAtFirst(graph);
  }

  async #arrange(): Promise<void> {
    const [graph, stage] = [this.graph!, this.#stage!];
    const scene = buildScene(graph, this.#open(graph), stage.measure);
    this.#work?.abort();
    const work = (this.#work = new AbortController());
    this.failure = undefined;
    const slow = setTimeout(() => (this.busy = `Laying out ${scene.boxes.length.toLocaleString('en')} boxes…`), patience);
    try {
      const layout = await this.#layouts.layout(scene.input, work.signal);
      if (work === this.#work) this.#show(graph, arranged(scene, layout));
    } catch (error) {
      if (work !== this.#work || !this.isConnected) return; // a newer layout is on its way
      this.failure = work.signal.aborted
        ? 'The layout was cancelled.'
        : `The graph could not be laid out: ${visible((error as Error).message)}`;
    } finally {
      clearTimeout(slow);
      if (work === this.#work) this.busy = undefined;
    }
  }

  #show(graph: DrawableGraph, next: Arranged): void {
    const stage = this.#stage!;
    const before = this.#shown === graph ? stage.arranged : undefined;
    const folding = this.#folding;
    this.#folding = -1;
    this.#shown = graph;
    if (before) stage.show(next, keptPlace(before, next, stage.camera, folding, stage.emphasis.lead));
    else stage.showFirst(next, () => this.#firstCamera(next));
    this.#emphasize();
    if (this.#awaited >= 0) this.reveal(this.#awaited);
    this.#awaited = -1;
    stage.paint();
    this.dispatchEvent(new CustomEvent('drawn'));
  }

  #firstCamera({ layout, scene }: Arranged): Camera {
    const input = scene.boxes.findIndex(({ kind }) => kind === 'input');
    const beginning = scene.boxes.length > 0 ? rectOf(layout, Math.max(0, input)) : { x: 0, y: 0, width: 0, height: 0 };
    return this.camera ?? firstCamera(layout.size, beginning, this.#stage!.size);
  }

  #emphasize(): void {
    const { scene } = this.#stage?.arranged ?? {};
    if (!scene) return;
    const boxes = (nodes: Iterable<number>): Set<number> =>
      new Set([...nodes].map((node) => scene.boxOf[node] ?? -1).filter((box) => box >= 0));
    const [selected, lead] = [boxes(this.selected), this.selected.at(-1)];
    const touches = ({ from, to }: SceneEdge): boolean => selected.has(from) || selected.has(to);
    this.#stage!.emphasize({
      selected,
      edges: new Set(selected.size > 0 ? scene.edges.flatMap((edge, id) => (touches(edge) ? [id] : [])) : []),
      lead: lead === undefined ? -1 : (scene.boxOf[lead] ?? -1),
      marked: this.marked && boxes(this.marked),
    });
  }

  #select(boxes: readonly number[], add: boolean): void {
    const { scene } = this.#stage!.arranged!;
    const nodes = boxes.flatMap((box) => nodesOf(scene, box));
    const taken = new Set(nodes);
    const kept = add ? this.selected.filter((node) => !taken.has(node)) : [];
    // What is selected already is taken out again.
    const all = add && this.selected.length - kept.length === taken.size ? kept : [...kept, ...nodes];
    this.dispatchEvent(new CustomEvent<number[]>('select', { detail: all }));
  }

  #fold(box: number): void {
    const { group, container } = this.#stage!.arranged!.scene.boxes[box]!;
    if (group < 0) return;
    this.#folding = group;
    this.dispatchEvent(new CustomEvent('fold', { detail: { group, open: !container } }));
  }

  #hit(x: number, y: number): Hit {
    const { arranged, view } = this.#stage!;
    return arranged ? hitTest(arranged, view, x, y) : { kind: 'ground' };
  }

  readonly #gestures: Gestures = {
    hover: (x, y) => {
      const hit = this.#hit(x, y);
      const [hoveredBox, hoveredEdge] = [hit.kind === 'box' ? hit.box : -1, hit.kind === 'edge' ? hit.edge : -1];
      const { emphasis } = this.#stage!;
      if (hoveredBox !== emphasis.hoveredBox || hoveredEdge !== emphasis.hoveredEdge) this.#stage!.emphasize({ hoveredBox, hoveredEdge });
      this.#canvas!.style.cursor = hit.kind === 'box' ? 'pointer' : 'default';
      const { arranged, looks } = this.#stage!;
      this.#tooltip!.show(arranged && looks ? hoverText(arranged.scene, looks, hit) : [], x, y);
    },
    leave: () => {
      this.#stage!.emphasize({ hoveredBox: -1, hoveredEdge: -1 });
      this.#tooltip!.hide();
    },
    click: (x, y, { add }) => {
      const hit = this.#hit(x, y);
      if (hit.kind === 'box' && hit.fold) this.#fold(hit.box);
      else if (hit.kind === 'box') this.#select([hit.box], add);
      else if (hit.kind === 'ground' && !add && this.#stage!.arranged) this.#select([], false);
    },
    double: (x, y) => {
      const hit = this.#hit(x, y);
      if (hit.kind === 'box' && !hit.fold) this.#fold(hit.box);
    },
    menu: (x, y) => {
      const hit = this.#hit(x, y);
      if (hit.kind === 'box' && !this.#stage!.emphasis.selected.has(hit.box)) this.#select([hit.box], false);
      this.#menu(hit.kind === 'box' ? hit.box : -1, x, y);
    },
    pan: (dx, dy) => {
      this.#tooltip!.hide();
      this.#stage!.look(moved(this.#stage!.camera, dx, dy));
    },
    zoom: (factor, x, y) => {
      this.#tooltip!.hide();
      this.#stage!.look(zoomed(this.#stage!.camera, factor, x, y, this.#stage!.size));
    },
    band: (from, to, done) => {
      const stage = this.#stage!;
      stage.band = done ? undefined : [from, to];
      stage.invalidate();
      const boxes = done && stage.arranged ? boxesWithin(stage.arranged, stage.view, from, to) : [];
      if (boxes.length > 0) this.#select(boxes, true);
    },
  };

  #menu(box: number, x: number, y: number): void {
    const { node = -1, group = -1 } = this.#stage!.arranged?.scene.boxes[box] ?? {};
    const { left, top } = this.getBoundingClientRect();
    this.dispatchEvent(new CustomEvent<MenuPlace>('menu', { detail: { node, group, x: left + x, y: top + y } }));
  }

  readonly #keyActions: KeyActions = {
    go: (box, add) => {
      this.#select(box < 0 ? [] : [box], add);
      if (box < 0) return;
      this.#stage!.reveal(box);
      this.said = boxWords(this.#stage!.arranged!, this.#stage!.looks!, box);
    },
    fold: (box) => this.#fold(box),
    menu: (box) => {
      const { x, y, width, height } = rectOf(this.#stage!.arranged!.layout, box);
      const { left, top, zoom } = this.#stage!.view;
      this.#menu(box, (x + width / 2 - left) * zoom, (y + height / 2 - top) * zoom);
    },
    zoom: (factor) => this.zoomBy(factor),
    pan: (dx, dy) => this.#gestures.pan(dx, dy),
    fit: () => this.fit(),
    back: () => this.back(),
    forward: () => this.forward(),
  };

  #onKey(event: KeyboardEvent): void {
    const { arranged, emphasis, camera } = this.#stage!;
    if (arranged && onKey(event, arranged, emphasis.lead, camera, this.#keyActions)) event.preventDefault();
  }

  static override styles = styles;
}
