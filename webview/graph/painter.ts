import { fonts } from './text.ts';
import { inset, stackStep, textLine, titleHeight, titleLine, topRoom } from './box-size.ts';
import type { View } from './camera.ts';
import { traceEdge, traceHead } from './edge-path.ts';
import { paintFar } from './far-painter.ts';
import { detailZoom, faint, unchanged, type Painting } from './painting.ts';
import { CanvasInk } from './canvas-ink.ts';
import type { Ink } from './ink.ts';
import { inSight, type Arranged } from './picture.ts';
import type { BoxColors, Theme } from './theme.ts';
import { edgeLabels, type EdgeLabel } from './edge-labels.ts';

/** Paints what a view shows of a graph: ground, frames, edges, boxes. Titles of frames and emphasis come on top. */
export function paintGround(ink: Ink, painting: Painting, view: View): void {
  const seen = inSight(painting.arranged, view);
  const place = placer(painting.arranged.layout, view);
  ink.box(0, 0, view.width, view.height, 0, { fill: painting.theme.ground });
  paintFrames(ink, painting, view, place);
  if (view.zoom < detailZoom.titles && ink instanceof CanvasInk) paintFar(ink.context, painting, view, seen.boxes, seen.edges);
  else paintNear(ink, painting, view, seen, place);
}

function paintNear(
  ink: Ink,
  painting: Painting,
  view: View,
  seen: { boxes: number[]; edges: number[] },
  place: (box: number) => Place,
): void {
  const { arranged, looks, emphasis } = painting;
  const { scene } = arranged;
  const { marked } = emphasis;
  paintEdges(ink, painting, view, seen.edges);
  paintStrongEdges(
    ink,
    painting,
    view,
    seen.edges.filter((edge) => edge === emphasis.hoveredEdge || emphasis.edges.has(edge)),
  );
  for (const box of seen.boxes) {
    if (scene.boxes[box]!.container) continue;
    ink.fade(marked && !marked.has(box) ? faint : looks.statuses[box] === 'same' ? unchanged : 1);
    paintBox(ink, painting, view, box, place(box));
  }
  ink.fade(1);
  if (view.zoom < detailZoom.all) return;
  for (const label of edgeLabels(painting.arranged, seen.edges)) paintLabel(ink, painting, view, label);
}

interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Places of boxes on the picture, on whole device pixels. */
function placer({ x, y, width, height }: Arranged['layout'], { left, top, zoom, ratio }: View): (box: number) => Place {
  const snap = (value: number): number => Math.round(value * zoom * ratio) / ratio;
  return (box) => {
    const [x0, y0] = [snap(x[box]! - left), snap(y[box]! - top)];
    return { x: x0, y: y0, width: snap(x[box]! + width[box]! - left) - x0, height: snap(y[box]! + height[box]! - top) - y0 };
  };
}

function paintFrames(ink: Ink, { arranged, theme, emphasis }: Painting, view: View, place: (box: number) => Place): void {
  const { scene } = arranged;
  for (const id of arranged.frames) {
    const [box, { x, y, width, height }] = [scene.boxes[id]!, place(id)];
    if (x > view.width || y > view.height || x + width < 0 || y + height < 0) continue;
    const { fill, border } = frameColors(theme, box.depth);
    const half = 0.5 / view.ratio;
    ink.box(x + half, y + half, width - 2 * half, height - 2 * half, Math.min(10, 12 * view.zoom), {
      fill,
      stroke: emphasis.hoveredBox === id ? theme.soft : border,
      width: 1 / view.ratio,
    });
  }
}

/**
 * Like names on a map: as large as the zoom makes them, and not smaller than can be read as long as they fit: inside, or beside an outermost
 * one that is narrow. On top of lines.
 */
export function paintFrameTitles(ink: Ink, { arranged, theme, measure }: Painting, view: View): void {
  const place = placer(arranged.layout, view);
  for (const id of arranged.frames) {
    const { x, y, width, height } = place(id);
    if (x > view.width || y > view.height || x + width < 0 || y + height < 0) continue;
    const { title, depth } = arranged.scene.boxes[id]!;
    const size = Math.max(10, fonts.title.size * view.zoom);
    const scale = size / fonts.title.size;
    if (width < (measure(title, 'title') + 34) * scale || height < size * 2.4) {
      if (depth === 0 && height >= size * 1.3 && hasRoomBeside(arranged, id, (measure(title, 'title') * scale + 16) / view.zoom)) {
        ink.text(title, x + width + 8, y + height / 2 + size * 0.36, { size, weight: 600, color: theme.soft });
      }
      continue;
    }
    const [left, middle] = [x + 14 * scale, y + Math.min(titleHeight * view.zoom * 0.5 + 1, 15 * scale)];
    const rim = frameColors(theme, depth).fill;
    ink.box(left - 6 * scale, middle - 6 * scale, 12 * scale, 12 * scale, 3 * scale, { fill: rim });
    paintFold(ink, theme.soft, left, middle, 5 * scale, true);
    ink.text(title, x + 25 * scale, middle + size * 0.36, { size, weight: 600, color: theme.soft, rim });
  }
}

/** Nothing lies to the right of a frame within so many units of the drawing. */
function hasRoomBeside({ layout, boxIndex }: Arranged, frame: number, length: number): boolean {
  const right = layout.x[frame]! + layout.width[frame]!;
  let free = true;
  boxIndex.search(right + 0.5, layout.y[frame]!, right + length, layout.y[frame]! + layout.height[frame]!, () => (free = false));
  return free;
}

const frameColors = (theme: Theme, depth: number): Theme['frames'][number] => theme.frames[Math.min(depth, theme.frames.length - 1)]!;

/** The sign that folds (open) and unfolds: − and + in a small square. */
function paintFold(ink: Ink, color: string, x: number, y: number, half: number, open: boolean): void {
  const arm = half * 0.55;
  ink.box(x - half, y - half, 2 * half, 2 * half, half * 0.5, { stroke: color, width: Math.max(0.75, half / 5) });
  ink.path(
    (pen) => {
      pen.moveTo(x - arm, y);
      pen.lineTo(x + arm, y);
      if (open) return;
      pen.moveTo(x, y - arm);
      pen.lineTo(x, y + arm);
    },
    { stroke: color, width: Math.max(0.75, half / 5) },
  );
}

function paintEdges(ink: Ink, { arranged, theme, emphasis }: Painting, view: View, edges: readonly number[]): void {
  const { layout, scene } = arranged;
  const { marked } = emphasis;
  const far = view.zoom < detailZoom.titles;
  const stroke = far ? theme.farEdge : theme.edge;
  const onPath = (edge: number): boolean => !marked || (marked.has(scene.edges[edge]!.from) && marked.has(scene.edges[edge]!.to));
  const paint = (some: readonly number[], strength: number): void => {
    if (some.length === 0) return;
    ink.fade(strength);
    ink.path((pen) => some.forEach((edge) => traceEdge(pen, layout, edge, view)), {
      stroke,
      width: Math.max(far ? 0.6 : 1, Math.min(1.6, 1.3 * view.zoom)),
    });
    if (!far) ink.path((pen) => some.forEach((edge) => traceHead(pen, layout, edge, view, 7 * view.zoom)), { fill: stroke });
  };
  if (marked) paint(edges.filter((edge) => !onPath(edge)), faint); // prettier-ignore
  paint(marked ? edges.filter(onPath) : edges, 1);
  ink.fade(1);
}

function paintBox(ink: Ink, painting: Painting, view: View, id: number, place: Place): void {
  const { looks, theme, arranged } = painting;
  const box = arranged.scene.boxes[id]!;
  const colors = looks.colors(id, theme);
  const { x, y, width, height } = place;
  if (view.zoom < detailZoom.titles) {
    const [round, share] = [width > 12 ? 2 : 0, looks.share(id)];
    if (share < 1) ink.box(x, y, Math.max(width, 1), Math.max(height, 1), round, { fill: theme.plain.block });
    ink.box(x, y, Math.max(width * share, 1), Math.max(height, 1), round, { fill: colors.block });
    return;
  }
  const end = box.kind === 'input' || box.kind === 'output';
  const radius = end ? height / 2 : 6 * view.zoom;
  const [half, line] = [0.5 / view.ratio, 1 / view.ratio];
  const frame = { fill: colors.fill, stroke: colors.border, width: line };
  if (box.kind === 'group') {
    for (const step of [2, 1])
      ink.box(
        x + half + step * stackStep * view.zoom,
        y + half + step * stackStep * view.zoom,
        width - 2 * half,
        height - 2 * half,
        radius,
        frame,
      );
  }
  ink.box(x + half, y + half, width - 2 * half, height - 2 * half, radius, frame);
  if (!end && looks.share(id) > 0) paintAccent(ink, colors, view, place, looks.share(id));
  paintText(ink, painting, view, id, place);
  const status = looks.statuses[id];
  if (status && status !== 'same') paintStatus(ink, theme, status, view, place, radius);
}

const signs = { added: '+', removed: '−', changed: '~' };

/** The border's colour and style and a sign on its corner: no status is told by colour alone. */
function paintStatus(
  ink: Ink,
  theme: Theme,
  status: keyof typeof signs,
  { zoom }: View,
  { x, y, width, height }: Place,
  radius: number,
): void {
  const [color, line, size] = [theme.status[status], Math.max(1.5, 2 * zoom), Math.max(5, 8 * zoom)];
  const dash = { added: undefined, removed: [5 * zoom, 4 * zoom], changed: [9 * zoom, 3 * zoom] }[status];
  ink.box(x, y, width, height, radius, { stroke: color, width: line, ...(dash && { dash }) });
  ink.box(x - size, y - size, 2 * size, 2 * size, size, { fill: theme.ground, stroke: color, width: line });
  ink.text(signs[status], x, y + size * 0.62, { size: size * 1.8, weight: 700, color, align: 'center' });
}

/** A bar of the full colour at the left border, from its foot to `share` of its height. */
function paintAccent(ink: Ink, colors: BoxColors, { zoom }: View, { x, y, width, height }: Place, share: number): void {
  const bar = Math.min(width, Math.max(2, 4 * zoom));
  const indent = 6 * zoom;
  const length = (height - 2 * indent) * share;
  ink.box(x + 3 * zoom, y + height - indent - length, bar - zoom, length, zoom < detailZoom.all ? 0 : bar / 2, { fill: colors.accent });
}

function paintText(ink: Ink, painting: Painting, view: View, id: number, place: Place): void {
  const { arranged, looks, theme, measure } = painting;
  const { zoom } = view;
  const { x, y, width, height } = place;
  const box = arranged.scene.boxes[id]!;
  const end = box.kind === 'input' || box.kind === 'output';
  if (zoom < detailZoom.all) {
    // The title alone, as large as the box leaves room for.
    const fitting = ((width - 16 * zoom) / measure(box.title, 'title')) * fonts.title.size;
    const size = Math.min(height * 0.5, Math.max(fonts.title.size * zoom, 9), fitting);
    const middle = x + width / 2 + (end ? 0 : 3 * zoom);
    if (size >= 5) ink.text(box.title, middle, y + height / 2 + size * 0.36, { size, weight: 600, color: theme.text, align: 'center' });
    return;
  }
  let base = y + (topRoom + titleLine * 0.72) * zoom;
  const center = x + width / 2;
  const { soft } = looks.colors(id, theme);
  const [left, align] = end ? ([center, 'center'] as const) : ([x + inset * zoom, 'left'] as const);
  ink.text(box.title, left, base, { size: fonts.title.size * zoom, weight: 600, color: theme.text, align });
  base += (titleLine - 1) * zoom;
  for (const line of box.lines) {
    ink.text(line, left, base, { size: fonts.text.size * zoom, weight: 400, color: soft, align });
    base += textLine * zoom;
  }
  if (box.group >= 0) paintFold(ink, soft, x + width - 13 * zoom, y + (topRoom + titleLine / 2 - 0.5) * zoom, 5 * zoom, false);
  paintFigure(ink, painting, view, id, place);
}

/**
 * An overlay's figure with a patch of its colour: after the title ("11.1 M MACs", or "11.1 M" where there is no more room: the
 * legend has the unit), or beside the box.
 */
function paintFigure(ink: Ink, { arranged, looks, theme, measure }: Painting, { zoom }: View, id: number, { x, y, width }: Place): void {
  const figure = looks.text(id);
  if (!figure) return;
  const box = arranged.scene.boxes[id]!;
  const colors = looks.colors(id, theme);
  const after = (box.group >= 0 ? 26 : 9) * zoom;
  const wide = (text: string): number => (measure(text, 'figure') + 12) * zoom;
  const room = width - after - (inset + 8 + measure(box.title, 'title')) * zoom;
  const fitting = [figure, figure.replace(/^(\S*\d\S* \S+) \S+$/, '$1')].find((text) => wide(text) <= room);
  const text = fitting ?? figure;
  const left = fitting ? x + width - after - wide(text) : x + width + 6 * zoom;
  const base = y + (topRoom + titleLine * 0.72) * zoom;
  if (!fitting) {
    ink.box(left - 4 * zoom, base - 13 * zoom, wide(text) + 9 * zoom, 18 * zoom, 4 * zoom, { fill: colors.fill, stroke: colors.border });
  }
  ink.box(left, base - 8.5 * zoom, 8 * zoom, 8 * zoom, 2 * zoom, { fill: colors.accent, stroke: theme.text, width: 0.5 });
  ink.text(text, left + 12 * zoom, base, { size: fonts.figure.size * zoom, weight: fonts.figure.weight, color: theme.text });
}

function paintLabel(ink: Ink, { theme, emphasis, arranged }: Painting, { left, top, zoom }: View, label: EdgeLabel): void {
  const { boxes, edges } = arranged.scene;
  const { from, to } = edges[label.edge]!;
  if (emphasis.marked && !(emphasis.marked.has(from) && emphasis.marked.has(to))) return;
  ink.text(label.text, (label.x - left) * zoom, (label.y - top) * zoom, {
    size: fonts.label.size * zoom,
    weight: fonts.label.weight,
    color: theme.soft,
    align: label.align,
    rim: boxes[from]!.parent < 0 ? theme.ground : frameColors(theme, boxes[from]!.depth - 1).fill,
  });
}

/** Edges of what is selected or pointed at, in full colour. */
function paintStrongEdges(ink: Ink, { arranged: { layout }, theme }: Painting, view: View, edges: readonly number[]): void {
  if (edges.length === 0) return;
  const head = Math.max(4, 8 * view.zoom);
  ink.path((pen) => edges.forEach((edge) => traceEdge(pen, layout, edge, view)), {
    stroke: theme.focus,
    width: Math.max(1.25, 1.8 * view.zoom),
  });
  ink.path((pen) => edges.forEach((edge) => traceHead(pen, layout, edge, view, head)), { fill: theme.focus });
}

/** What is selected or pointed at, on top; seen from afar its edges too, which else lie beneath the boxes. */
export function paintEmphasis(ink: Ink, painting: Painting, view: View): void {
  const { arranged, theme, emphasis } = painting;
  const { scene } = arranged;
  const { selected, lead, hoveredBox, hoveredEdge, focused } = emphasis;
  const place = placer(arranged.layout, view);
  if (view.zoom < detailZoom.titles) {
    const strong = hoveredEdge < 0 ? [...emphasis.edges] : [...emphasis.edges, hoveredEdge];
    if (strong.length <= manyLines) paintStrongEdges(ink, painting, view, strong);
  }
  const outline = (box: number, stroke: string, width: number, dash?: number[]): void => {
    const { x, y, width: wide, height } = place(box);
    if (x > view.width + width || y > view.height + width || x + wide < -width || y + height < -width) return;
    const { kind } = scene.boxes[box]!;
    const gap = width / 2;
    const radius = kind === 'operator' || kind === 'group' ? Math.min(6 * view.zoom, height / 2) : height / 2;
    // A few device pixels of colour are faster without round corners, and look the same.
    const style = wide * height < 60 ? { fill: stroke } : { stroke, width, ...(dash && { dash }) };
    ink.box(x - gap, y - gap, wide + width, height + width, wide * height < 60 ? 0 : radius + gap, style);
  };
  if (hoveredBox >= 0 && !scene.boxes[hoveredBox]!.container && !selected.has(hoveredBox)) outline(hoveredBox, theme.soft, 1.5);
  for (const box of selected) outline(box, theme.focus, box === lead ? 2.5 : 1.75);
  if (lead >= 0 && focused && !selected.has(lead)) outline(lead, theme.focus, 2, [4, 3]);
}

/** More lines than these are not told apart from afar, and would cost more than a frame. */
const manyLines = 2000;
