/** What a person does with mouse, pen, fingers and wheel, in CSS pixels from the view's left upper corner. */
export interface Gestures {
  hover(x: number, y: number): void;
  leave(): void;
  click(x: number, y: number, keys: { add: boolean }): void;
  double(x: number, y: number): void;
  menu(x: number, y: number): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  /** A rectangle is drawn from one point to another to select what lies in it; `done`: the button is up. */
  band(from: [number, number], to: [number, number], done: boolean): void;
}

/** CSS pixels that a pointer may shake during a click. */
const shake = 4;
/** A wheel's step of 100 CSS pixels changes the zoom by a fifth. */
const wheelRate = Math.log(1.2) / 100;

/** Listens until the signal aborts. */
export function listen(target: HTMLElement, gestures: Gestures, signal: AbortSignal): void {
  const pointers = new Map<number, [x: number, y: number]>();
  let start: [number, number] = [0, 0];
  let mode: 'none' | 'press' | 'pan' | 'band' = 'none';
  const at = ({ clientX, clientY }: MouseEvent): [number, number] => {
    const { left, top } = target.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const on = <Kind extends keyof HTMLElementEventMap>(kind: Kind, handle: (event: HTMLElementEventMap[Kind]) => void): void =>
    target.addEventListener(kind, handle, { signal, passive: false });

  on('pointerdown', (event) => {
    if (event.button > 1) return;
    target.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (event.button === 1) event.preventDefault();
    if (pointers.size > 1) mode = 'pan';
    else [start, mode] = [at(event), event.shiftKey && event.button === 0 && event.pointerType !== 'touch' ? 'band' : 'press'];
  });
  on('pointermove', (event) => {
    const [here, before] = [at(event), pointers.get(event.pointerId)];
    if (!before) return gestures.hover(...here);
    if (mode === 'press' && Math.hypot(here[0] - start[0], here[1] - start[1]) > shake) mode = 'pan';
    if (mode === 'band') gestures.band(start, here, false);
    if (mode === 'pan' && pointers.size === 1) gestures.pan(here[0] - before[0], here[1] - before[1]);
    if (pointers.size === 2) pinch(event.pointerId, before, here);
    if (mode !== 'press') pointers.set(event.pointerId, here);
  });
  const pinch = (id: number, before: [number, number], here: [number, number]): void => {
    const other = [...pointers].find(([key]) => key !== id)![1];
    const apart = (point: [number, number]): number => Math.max(1, Math.hypot(point[0] - other[0], point[1] - other[1]));
    gestures.pan((here[0] - before[0]) / 2, (here[1] - before[1]) / 2);
    gestures.zoom(apart(here) / apart(before), (here[0] + other[0]) / 2, (here[1] + other[1]) / 2);
  };
  on('pointerup', (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const here = at(event);
    const still = Math.hypot(here[0] - start[0], here[1] - start[1]) <= shake;
    const add = event.ctrlKey || event.metaKey || event.shiftKey;
    if ((mode === 'press' || (mode === 'band' && still)) && event.button === 0) gestures.click(...here, { add });
    if (mode === 'band') gestures.band(start, here, true);
    if (pointers.size === 0) mode = 'none';
  });
  on('pointercancel', (event) => {
    pointers.delete(event.pointerId);
    if (mode === 'band') gestures.band(start, start, true);
    mode = 'none';
  });
  on('pointerleave', () => gestures.leave());
  on('dblclick', (event) => gestures.double(...at(event)));
  on('contextmenu', (event) => {
    event.preventDefault();
    if (event.button === 2) gestures.menu(...at(event)); // the keyboard's comes as a key
  });
  on('wheel', (event) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    // Two fingers that pinch come as a wheel with Ctrl and small steps.
    if (event.ctrlKey || event.metaKey) gestures.zoom(Math.exp(-dy * (Math.abs(dy) < 50 ? 0.01 : wheelRate)), ...at(event));
    else if (event.shiftKey) gestures.pan(-(dx || dy), 0);
    else if (isTrackpad(event, dx, dy)) gestures.pan(-dx, -dy);
    else gestures.zoom(Math.exp(-dy * wheelRate), ...at(event));
  });
}

/** Two fingers that scroll: sideways or in steps smaller than any wheel's. */
const isTrackpad = ({ deltaMode }: WheelEvent, dx: number, dy: number): boolean =>
  deltaMode === WheelEvent.DOM_DELTA_PIXEL && (dx !== 0 || Math.abs(dy) < 40);
