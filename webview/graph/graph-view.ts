import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { LayoutClient } from '../layout/client.ts';
import { firstCamera, fitted, moved, revealed, viewOf, zoomed, type Camera, type Rect, type View } from './camera.ts';
import { groupsOpenAtFirst } from './open-groups.ts';
import { styles } from './graph-styles.ts';
import { boxesWithin, hitTest, type Hit } from './hit.ts';
import { CanvasInk } from './ink.ts';
import { onKey } from './keyboard.ts';
import { textMeasure, type Measure } from './measure.ts';
import { Minimap } from './minimap.ts';
import type { NodePaint } from './paint.ts';
import { paintGraph, type Painting } from './painter.ts';
import { arranged, Looks, type Arranged, type Emphasis } from './picture.ts';
import { Places } from './places.ts';
import { listen } from './pointer.ts';
import { buildScene, nodesOf } from './scene.ts';
import { themeOf, type Theme } from './theme.ts';
import { boxWords, hoverText } from './words.ts';

export type { Camera } from './camera.ts';

/** A menu is asked for: at CSS pixels of the window, for the selected nodes; `node` and `group` are -1 where there is none. */
export interface MenuPlace {
  node: number;
  group: number;
  x: number;
  y: number;
}

/**
 * A graph on a canvas. Knows nothing of models: whoever uses it says what is open, selected, marked and how nodes are coloured.
 *
 * Fires `select` (detail: ids, the last is the one that was clicked; of a folded group all nodes inside it), `fold` (detail: { group, open }), `camera`
 * (detail: Camera, when it has come to rest), `menu` (detail: MenuPlace) and `drawn` (after the first picture of a new layout).
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
  /** Found or on a path: all others step back; undefined: nothing is marked. */
  declare marked: ReadonlySet<number> | undefined;
  declare paint: NodePaint | undefined;
  /** Where to look first, taken when a graph is shown for the first time; undefined: the whole graph, or its beginning at a readable size where it is large. */
  declare camera: Camera | undefined;
  /** What is being done that takes long. */
  declare busy: string | undefined;
  declare failure: string | undefined;
  /** To be spoken by a screen reader. */
  declare said: string;

  readonly #layouts = new LayoutClient();
  readonly #places = new Places();
  readonly #minimap = new Minimap();
  #work: AbortController | undefined;
  #listening: AbortController | undefined;
  #arranged: Arranged | undefined;
  #drawn: DrawableGraph | undefined;
  #looks: Looks | undefined;
  #theme: Theme | undefined;
  #measure: Measure | undefined;
  #camera: Camera = { x: 0, y: 0, zoom: 1 };
  #emphasis: Emphasis = { selected: new Set(), lead: -1, hoveredBox: -1, hoveredEdge: -1, marked: undefined, focused: false };
  #band: [[number, number], [number, number]] | undefined;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** Group that is being folded or unfolded by a person: its box stays where it is. */
  #folding = -1;

  constructor() {
    super();
    this.selected = [];
    this.said = '';
  }

  /** Shows all of it. */
  fit(): void {
    const size = this.#arranged?.layout.size;
    if (size) this.#leap(fitted({ x: 0, y: 0, width: size[0], height: size[1] }, this.#size));
  }

  /** Brings a node into sight, as near as is needed to read it. Opens nothing: a node in a folded group shows that group. */
  reveal(node: number): void {
    const box = this.#arranged?.scene.boxOf[node] ?? -1;
    if (box >= 0) this.#revealBox(box);
  }

  /** Nearer by a factor around the middle of the view. */
  zoomBy(factor: number): void {
    this.#look(zoomed(this.#camera, factor, this.#size.width / 2, this.#size.height / 2, this.#size));
  }

  /** To the place that was looked at before the last leap (fit, reveal, minimap). */
  back(): void {
    this.#look(this.#places.back(this.#camera) ?? this.#camera);
  }

  forward(): void {
    this.#look(this.#places.forward(this.#camera) ?? this.#camera);
  }

  override focus(options?: FocusOptions): void {
    this.#canvas?.focus(options);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const sizes = new ResizeObserver(() => this.#invalidate());
    sizes.observe(this);
    const themes = new MutationObserver(() => this.#newTheme());
    themes.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    signal.addEventListener('abort', () => {
      sizes.disconnect();
      themes.disconnect();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.#work?.abort();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
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
        @focus=${() => this.#emphasize({ focused: true })}
        @blur=${() => this.#emphasize({ focused: false })}
      ></canvas>
      <canvas id="minimap" aria-hidden="true" @pointerdown=${this.#onMinimap} @pointermove=${this.#onMinimap}></canvas>
      <div id="hover" role="tooltip" hidden></div>
      <div id="said" role="status" aria-live="polite">${this.said}</div>
      ${
        this.busy
          ? html`<div class="notice" role="status">
              ${this.busy} <button type="button" @click=${() => this.#work?.abort()}>Cancel</button>
            </div>`
          : nothing
      }
      ${
        this.failure
          ? html`<div class="notice" role="alert">
              ${this.failure} <button type="button" @click=${() => void this.#arrange()}>Try again</button>
            </div>`
          : nothing
      }`;
  }

  override firstUpdated(): void {
    listen(this.#canvas!, this.#gestures, this.#listening!.signal);
  }

  override updated(changed: PropertyValues<this>): void {
    if ((changed.has('graph') || changed.has('open')) && this.graph) void this.#arrange();
    if (changed.has('paint')) this.#newLooks();
    if (changed.has('selected') || changed.has('marked')) this.#newEmphasis();
  }

  get #canvas(): HTMLCanvasElement | null {
    return this.renderRoot.querySelector<HTMLCanvasElement>('#picture');
  }

  get #size(): { width: number; height: number } {
    return { width: this.clientWidth, height: this.clientHeight };
  }

  get #view(): View {
    return viewOf(this.#camera, this.clientWidth, this.clientHeight, devicePixelRatio);
  }

  async #arrange(): Promise<void> {
    const graph = this.graph!;
    this.#theme ??= themeOf(this);
    this.#measure ??= textMeasure(this.#canvas!.getContext('2d')!, this.#theme.family);
    const scene = buildScene(graph, this.open ?? groupsOpenAtFirst(graph), this.#measure);
    this.#work?.abort();
    const work = (this.#work = new AbortController());
    this.failure = undefined;
    const slow = setTimeout(() => (this.busy = `Laying out ${scene.boxes.length.toLocaleString('en')} boxes…`), 200);
    try {
      const layout = await this.#layouts.layout(scene.input, work.signal);
      const before = this.#drawn === graph ? this.#arranged : undefined;
      const anchor = before && this.#anchor(before);
      this.#arranged = arranged(scene, layout);
      this.#drawn = graph;
      if (anchor) this.#camera = anchor(this.#arranged);
      else this.#firstLook(this.#arranged);
      this.#newLooks();
      this.#newEmphasis();
      this.#paint();
      this.dispatchEvent(new CustomEvent('drawn'));
    } catch (error) {
      if (work === this.#work)
        this.failure = work.signal.aborted ? 'The layout was cancelled.' : `The graph could not be laid out: ${(error as Error).message}.`;
    } finally {
      clearTimeout(slow);
      if (work === this.#work) this.busy = undefined;
    }
  }

  #firstLook({ layout, scene }: Arranged): void {
    this.#places.clear();
    const first = Math.max(0, scene.boxes.findIndex(({ kind }) => kind === 'input')); // prettier-ignore
    const beginning = scene.boxes.length > 0 ? rectOf(layout, first) : { x: 0, y: 0, width: 0, height: 0 };
    this.#camera = this.camera ?? firstCamera(layout.size, beginning, this.#size);
  }

  /** A box that is to stay where it is seen while the layout changes: gives the camera for the new one. */
  #anchor({ scene, layout }: Arranged): (next: Arranged) => Camera {
    const group = this.#folding;
    this.#folding = -1;
    const box = group >= 0 ? scene.boxOfGroup[group]! : this.#emphasis.lead >= 0 ? this.#emphasis.lead : nearest(layout, this.#camera);
    const { x, y, width } = rectOf(layout, box);
    const { node, group: itself } = scene.boxes[box] ?? { node: -1, group };
    return (next) => {
      const now = group >= 0 ? next.scene.boxOfGroup[group]! : node >= 0 ? next.scene.boxOf[node]! : (next.scene.boxOfGroup[itself] ?? -1);
      if (now < 0) return this.#camera;
      const to = rectOf(next.layout, now);
      return { ...this.#camera, x: this.#camera.x + to.x + to.width / 2 - x - width / 2, y: this.#camera.y + to.y - y };
    };
  }

  #newTheme(): void {
    this.#theme = themeOf(this);
    this.#newLooks();
  }

  #newLooks(): void {
    if (!this.#arranged) return;
    this.#theme ??= themeOf(this);
    this.#looks = new Looks(this.#arranged.scene, this.paint);
    this.#minimap.draw(this.#arranged, this.#looks, this.#theme, devicePixelRatio);
    this.#invalidate();
  }

  #newEmphasis(): void {
    const { scene } = this.#arranged ?? {};
    if (!scene) return;
    const boxes = (nodes: Iterable<number>): Set<number> =>
      new Set([...nodes].map((node) => scene.boxOf[node] ?? -1).filter((box) => box >= 0));
    const lead = this.selected.at(-1);
    this.#emphasize({
      selected: boxes(this.selected),
      lead: lead === undefined ? -1 : (scene.boxOf[lead] ?? -1),
      marked: this.marked && boxes(this.marked),
    });
  }

  #emphasize(change: Partial<Emphasis>): void {
    this.#emphasis = { ...this.#emphasis, ...change };
    this.#invalidate();
  }

  #invalidate(): void {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const [canvas, theme, view] = [this.#canvas, this.#theme, this.#view];
    if (!canvas || !theme || !this.#arranged || !this.#looks || view.width === 0) return;
    const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext('2d', { alpha: false })!;
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    context.fillStyle = theme.ground;
    context.fillRect(0, 0, view.width, view.height);
    const painting: Painting = { arranged: this.#arranged, looks: this.#looks, theme, emphasis: this.#emphasis };
    const ink = new CanvasInk(context, theme.family);
    paintGraph(ink, painting, view);
    if (this.#band) {
      const [[x0, y0], [x1, y1]] = this.#band;
      ink.box(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0), 0, { stroke: theme.focus, dash: [4, 3] });
    }
    const map = this.renderRoot.querySelector<HTMLCanvasElement>('#minimap')!;
    map.style.width = `${this.#minimap.width}px`;
    map.style.height = `${this.#minimap.height}px`;
    this.#minimap.show(map, this.#arranged.layout, view, theme);
  }

  /** Moves the view; tells when it has rested for a moment. */
  #look(camera: Camera): void {
    this.#camera = camera;
    this.#invalidate();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.dispatchEvent(new CustomEvent('camera', { detail: camera })), 250);
  }

  #leap(camera: Camera): void {
    this.#places.leave(this.#camera);
    this.#look(camera);
  }

  #revealBox(box: number): void {
    const camera = revealed(this.#camera, rectOf(this.#arranged!.layout, box), this.#size);
    if (camera.x !== this.#camera.x || camera.y !== this.#camera.y || camera.zoom !== this.#camera.zoom) this.#leap(camera);
  }

  #select(boxes: readonly number[], add: boolean): void {
    const { scene } = this.#arranged!;
    const nodes = boxes.flatMap((box) => nodesOf(scene, box));
    const kept = add ? this.selected.filter((node) => !nodes.includes(node)) : [];
    const all = add && nodes.every((node) => this.selected.includes(node)) ? kept : [...kept, ...nodes];
    this.dispatchEvent(new CustomEvent('select', { detail: all }));
  }

  #fold(box: number): void {
    const { group, container } = this.#arranged!.scene.boxes[box]!;
    if (group < 0) return;
    this.#folding = group;
    this.dispatchEvent(new CustomEvent('fold', { detail: { group, open: !container } }));
  }

  #hit(x: number, y: number): Hit {
    return this.#arranged ? hitTest(this.#arranged, this.#view, x, y) : { kind: 'ground' };
  }

  readonly #gestures = {
    hover: (x: number, y: number): void => {
      const hit = this.#hit(x, y);
      const [hoveredBox, hoveredEdge] = [hit.kind === 'box' ? hit.box : -1, hit.kind === 'edge' ? hit.edge : -1];
      if (hoveredBox !== this.#emphasis.hoveredBox || hoveredEdge !== this.#emphasis.hoveredEdge)
        this.#emphasize({ hoveredBox, hoveredEdge });
      this.#canvas!.style.cursor = hit.kind === 'box' ? 'pointer' : 'default';
      this.#showHover(hit, x, y);
    },
    leave: (): void => {
      this.#emphasize({ hoveredBox: -1, hoveredEdge: -1 });
      this.#showHover({ kind: 'ground' }, 0, 0);
    },
    click: (x: number, y: number, { add }: { add: boolean }): void => {
      const hit = this.#hit(x, y);
      if (hit.kind === 'box' && hit.fold) this.#fold(hit.box);
      else if (hit.kind === 'box') this.#select([hit.box], add);
      else if (hit.kind === 'ground' && !add) this.#select([], false);
    },
    double: (x: number, y: number): void => {
      const hit = this.#hit(x, y);
      if (hit.kind === 'box' && !hit.fold) this.#fold(hit.box);
    },
    menu: (x: number, y: number): void => {
      const hit = this.#hit(x, y);
      if (hit.kind === 'box' && !this.#emphasis.selected.has(hit.box)) this.#select([hit.box], false);
      this.#menu(hit.kind === 'box' ? hit.box : -1, x, y);
    },
    pan: (dx: number, dy: number): void => this.#look(moved(this.#camera, dx, dy)),
    zoom: (factor: number, x: number, y: number): void => this.#look(zoomed(this.#camera, factor, x, y, this.#size)),
    band: (from: [number, number], to: [number, number], done: boolean): void => {
      this.#band = done ? undefined : [from, to];
      const boxes = this.#arranged && done ? boxesWithin(this.#arranged, this.#view, from, to) : [];
      if (boxes.length > 0 && Math.hypot(from[0] - to[0], from[1] - to[1]) > 4) this.#select(boxes, true);
      this.#invalidate();
    },
  };

  #menu(box: number, x: number, y: number): void {
    const { node = -1, group = -1 } = this.#arranged?.scene.boxes[box] ?? {};
    const { left, top } = this.getBoundingClientRect();
    this.dispatchEvent(new CustomEvent<MenuPlace>('menu', { detail: { node, group, x: left + x, y: top + y } }));
  }

  #showHover(hit: Hit, x: number, y: number): void {
    const hover = this.renderRoot.querySelector<HTMLElement>('#hover')!;
    const lines = this.#arranged && this.#looks ? hoverText(this.#arranged.scene, this.#looks, hit) : [];
    hover.hidden = lines.length === 0;
    hover.replaceChildren(...lines.map((line) => Object.assign(document.createElement('div'), { textContent: line })));
    const left = Math.min(x + 14, this.clientWidth - hover.offsetWidth - 4);
    const top = y + 18 + hover.offsetHeight > this.clientHeight ? y - hover.offsetHeight - 10 : y + 18;
    hover.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  #onKey(event: KeyboardEvent): void {
    if (!this.#arranged) return;
    const lead = this.#emphasis.lead;
    const done = onKey(event, this.#arranged, lead, this.#camera, {
      go: (box, add) => {
        this.#select(box < 0 ? [] : [box], add);
        if (box < 0) return;
        this.#revealBox(box);
        this.said = boxWords(this.#arranged!, this.#looks!, box);
      },
      fold: (box) => this.#fold(box),
      menu: (box) => {
        const { x, y, width, height } = rectOf(this.#arranged!.layout, box);
        const { left, top, zoom } = this.#view;
        this.#menu(box, (x + width / 2 - left) * zoom, (y + height / 2 - top) * zoom);
      },
      zoom: (factor) => this.zoomBy(factor),
      pan: (dx, dy) => this.#look(moved(this.#camera, dx, dy)),
      fit: () => this.fit(),
      back: () => this.back(),
      forward: () => this.forward(),
    });
    if (done) event.preventDefault();
  }

  readonly #onMinimap = (event: PointerEvent): void => {
    if (!this.#arranged || (event.type === 'pointermove' && event.buttons !== 1)) return;
    const map = event.currentTarget as HTMLCanvasElement;
    if (event.type === 'pointerdown') {
      map.setPointerCapture(event.pointerId);
      this.#places.leave(this.#camera);
    }
    const { left, top } = map.getBoundingClientRect();
    const [x, y] = this.#minimap.point(this.#arranged.layout, event.clientX - left, event.clientY - top);
    this.#look({ ...this.#camera, x, y });
  };

  static override styles = styles;
}

const rectOf = ({ x, y, width, height }: Arranged['layout'], box: number): Rect => ({
  x: x[box]!,
  y: y[box]!,
  width: width[box]!,
  height: height[box]!,
});

/** The box whose middle is nearest to the view's. */
function nearest({ x, y, width, height }: Arranged['layout'], camera: Camera): number {
  let [best, distance] = [0, Infinity];
  for (let box = 0; box < x.length; box++) {
    const apart = Math.hypot(x[box]! + width[box]! / 2 - camera.x, y[box]! + height[box]! / 2 - camera.y);
    if (apart < distance) [best, distance] = [box, apart];
  }
  return best;
}
