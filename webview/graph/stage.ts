import { fitted, revealed, viewOf, zoomed, type Camera, type Rect, type View } from './camera.ts';
import { FarPicture } from './far-picture.ts';
import { CanvasInk } from './canvas-ink.ts';
import { textMeasure } from './measure.ts';
import { Minimap } from './minimap.ts';
import type { NodePaint } from './paint.ts';
import { paintEmphasis, paintFrameTitles, paintGround } from './painter.ts';
import { detailZoom, type Painting } from './painting.ts';
import { Looks, noEmphasis, type Arranged, type Emphasis } from './picture.ts';
import { Places } from './places.ts';
import type { Measure } from './text.ts';
import { themeOf } from './page-theme.ts';
import type { Theme } from './theme.ts';

/** After the last movement for so long (milliseconds) the view is at rest. */
const restAfter = 200;

/** The canvas with what is on it: an arranged graph, its looks, the camera, the minimap. Paints at most once a frame. */
export class Stage {
  theme: Theme;
  measure: Measure;
  camera: Camera = { x: 0, y: 0, zoom: 1 };
  arranged: Arranged | undefined;
  looks: Looks | undefined;
  emphasis: Emphasis = noEmphasis;
  /** Called with each movement that is not `follow`. */
  moved: (() => void) | undefined;
  /** A rectangle that is being drawn to select, CSS pixels. */
  band: [from: [number, number], to: [number, number]] | undefined;
  readonly #host: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #map: HTMLCanvasElement;
  readonly #rested: (camera: Camera) => void;
  readonly #minimap = new Minimap();
  readonly #far = new FarPicture();
  readonly #places = new Places();
  #paint: NodePaint | undefined;
  #firstCamera: (() => Camera) | undefined;
  #frame = 0;
  /** While the view moves. */
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** `rested` is told where the view looks when it has come to rest. */
  constructor(host: HTMLElement, canvas: HTMLCanvasElement, map: HTMLCanvasElement, rested: (camera: Camera) => void) {
    [this.#host, this.#canvas, this.#map, this.#rested] = [host, canvas, map, rested];
    this.theme = themeOf(host);
    this.measure = measureFor(this.theme);
  }

  /** undefined: there is nothing to paint yet. */
  get painting(): Painting | undefined {
    const { arranged, looks, theme, emphasis, measure } = this;
    return arranged && looks && { arranged, looks, theme, emphasis, measure };
  }

  get size(): { width: number; height: number } {
    return { width: this.#host.clientWidth, height: this.#host.clientHeight };
  }

  get view(): View {
    return viewOf(this.camera, this.size.width, this.size.height, devicePixelRatio);
  }

  /** Shows another layout of the same graph. */
  show(arranged: Arranged, camera: Camera): void {
    [this.arranged, this.camera, this.#firstCamera] = [arranged, camera, undefined];
    this.emphasis = { ...noEmphasis, focused: this.emphasis.focused };
    this.#newLooks();
  }

  /** Shows another graph, from where `camera` says as soon as the view has a size: a hidden one has none. */
  showFirst(arranged: Arranged, camera: () => Camera): void {
    this.#places.clear();
    this.show(arranged, this.camera);
    this.#firstCamera = camera;
  }

  color(paint: NodePaint | undefined): void {
    this.#paint = paint;
    this.#newLooks();
  }

  readTheme(): void {
    const { family } = this.theme;
    this.theme = themeOf(this.#host);
    if (this.theme.family !== family) this.measure = measureFor(this.theme);
    this.#newLooks();
  }

  #newLooks(): void {
    if (!this.arranged) return;
    this.looks = new Looks(this.arranged.scene, this.#paint, this.theme);
    this.#minimap.draw(this.arranged, this.looks, this.theme, devicePixelRatio);
    this.invalidate();
  }

  emphasize(change: Partial<Emphasis>): void {
    this.emphasis = { ...this.emphasis, ...change };
    this.invalidate();
  }

  invalidate(): void {
    this.#frame ||= requestAnimationFrame(() => this.paint());
  }

  /** Nothing more is painted. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
    [this.#frame, this.#rest] = [0, undefined];
  }

  paint(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { theme, painting } = this;
    if (!painting || this.size.width === 0 || this.size.height === 0) return;
    if (this.#firstCamera) this.camera = this.#firstCamera();
    this.#firstCamera = undefined;
    const { view } = this;
    const [width, height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) [this.#canvas.width, this.#canvas.height] = [width, height];
    const context = this.#canvas.getContext('2d', { alpha: false })!;
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    const ink = new CanvasInk(context, theme.family);
    if (view.zoom < detailZoom.titles) this.#far.paint(context, painting, view, this.#rest === undefined);
    else paintGround(ink, painting, view);
    paintFrameTitles(ink, painting, view);
    paintEmphasis(ink, painting, view);
    if (this.band) {
      const [[x0, y0], [x1, y1]] = this.band;
      ink.box(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0), 0, { stroke: theme.focus, dash: [4, 3] });
    }
    this.#minimap.show(this.#map, painting.arranged.layout, view, theme);
  }

  /** Moves the view. */
  look(camera: Camera): void {
    this.follow(camera);
    this.moved?.();
  }

  /** Moves the view as another one was moved: nobody else is to follow. */
  follow(camera: Camera): void {
    this.camera = camera;
    this.invalidate();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.invalidate();
      this.#rested(camera);
    }, restAfter);
  }

  /** Moves the view to another place, from which `back` leads here again. */
  leap(camera: Camera): void {
    const { x, y, zoom } = this.camera;
    if (camera.x === x && camera.y === y && camera.zoom === zoom) return;
    this.#places.leave(this.camera);
    this.look(camera);
  }

  back(): void {
    this.look(this.#places.back(this.camera) ?? this.camera);
  }

  forward(): void {
    this.look(this.#places.forward(this.camera) ?? this.camera);
  }

  fit(): void {
    const size = this.arranged?.layout.size;
    if (size) this.leap(fitted({ x: 0, y: 0, width: size[0], height: size[1] }, this.size));
  }

  zoomBy(factor: number): void {
    this.look(zoomed(this.camera, factor, this.size.width / 2, this.size.height / 2, this.size));
  }

  reveal(box: number): void {
    this.leap(revealed(this.camera, rectOf(this.arranged!.layout, box), this.size));
  }

  /** The minimap was pressed or dragged on. */
  onMinimap(event: PointerEvent): void {
    if (!this.arranged || (event.type === 'pointermove' && event.buttons !== 1)) return;
    const { left, top } = this.#map.getBoundingClientRect();
    const [x, y] = this.#minimap.point(this.arranged.layout, event.clientX - left, event.clientY - top);
    if (event.type === 'pointermove') return this.look({ ...this.camera, x, y });
    this.#map.setPointerCapture(event.pointerId);
    this.leap({ ...this.camera, x, y });
  }
}

const measureFor = ({ family }: Theme): Measure => textMeasure(new OffscreenCanvas(1, 1).getContext('2d')!, family);

export const rectOf = ({ x, y, width, height }: Arranged['layout'], box: number): Rect => ({
  x: x[box]!,
  y: y[box]!,
  width: width[box]!,
  height: height[box]!,
});
