/** Where the view looks: the drawing's point in the middle of the view, and CSS pixels per unit of the drawing. */
export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

/** The same from the left upper corner, as painting needs it. */
export interface View {
  left: number;
  top: number;
  zoom: number;
  /** CSS pixels. */
  width: number;
  height: number;
  /** Device pixels per CSS pixel. */
  ratio: number;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const zoomLimits = { least: 0.001, most: 4 };
/** Text is easy to read from here on. */
export const readableZoom = 0.8;
/** A whole graph that is smaller than this is not shown whole at first. */
const wholeZoom = 0.42;
const margin = 32;

const limited = (zoom: number): number => Math.min(zoomLimits.most, Math.max(zoomLimits.least, zoom));

export function viewOf(camera: Camera, width: number, height: number, ratio: number): View {
  // On whole device pixels: a picture that is moved stays as crisp as it was.
  const snap = (value: number): number => Math.round(value * camera.zoom * ratio) / (camera.zoom * ratio);
  return {
    left: snap(camera.x - width / 2 / camera.zoom),
    top: snap(camera.y - height / 2 / camera.zoom),
    zoom: camera.zoom,
    width,
    height,
    ratio,
  };
}

export const moved = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x - dx / camera.zoom,
  y: camera.y - dy / camera.zoom,
});

/** Nearer by `factor`; the point under `x`, `y` (CSS pixels from the view's left upper corner) stays there. */
export function zoomed(camera: Camera, factor: number, x: number, y: number, { width, height }: { width: number; height: number }): Camera {
  const zoom = limited(camera.zoom * factor);
  const [dx, dy] = [x - width / 2, y - height / 2];
  return { zoom, x: camera.x + dx / camera.zoom - dx / zoom, y: camera.y + dy / camera.zoom - dy / zoom };
}

/** All of a rectangle of the drawing, not nearer than life size and a quarter. */
export function fitted({ x, y, width, height }: Rect, view: { width: number; height: number }): Camera {
  const room = (length: number): number => Math.max(1, length - 2 * margin);
  const zoom = limited(Math.min(1.25, room(view.width) / Math.max(1, width), room(view.height) / Math.max(1, height)));
  return { x: x + width / 2, y: y + height / 2, zoom };
}

/** Where to look at first: at everything, or where that is too small to read, at the beginning (a rectangle). */
export function firstCamera(size: readonly [number, number], beginning: Rect, view: { width: number; height: number }): Camera {
  const whole = fitted({ x: 0, y: 0, width: size[0], height: size[1] }, view);
  if (whole.zoom >= wholeZoom) return whole;
  return { x: beginning.x + beginning.width / 2, y: beginning.y + (view.height / 2 - margin) / readableZoom, zoom: readableZoom };
}

/** Moved as little as brings a rectangle into sight, and so near that it can be read. */
export function revealed(camera: Camera, rect: Rect, view: { width: number; height: number }): Camera {
  const zoom = camera.zoom < readableZoom * 0.75 ? readableZoom : camera.zoom;
  const [halfWidth, halfHeight] = [view.width / 2 / zoom, view.height / 2 / zoom];
  const inside = (low: number, length: number, center: number, half: number): number => {
    const room = half - margin / zoom;
    if (low >= center - room && low + length <= center + room) return center;
    return low + Math.min(length / 2, room);
  };
  const near = zoom === camera.zoom;
  const [x, y] = near
    ? [inside(rect.x, rect.width, camera.x, halfWidth), inside(rect.y, rect.height, camera.y, halfHeight)]
    : [rect.x + rect.width / 2, rect.y + rect.height / 2];
  return { x, y, zoom };
}
