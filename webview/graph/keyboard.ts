import type { Camera } from './camera.ts';
import type { Arranged } from './picture.ts';
import { step, type Direction } from './walk.ts';

/** What keys do. Boxes are those of the scene, -1: none. */
export interface KeyActions {
  go(box: number, add: boolean): void;
  fold(box: number): void;
  menu(box: number): void;
  zoom(factor: number): void;
  pan(dx: number, dy: number): void;
  fit(): void;
  back(): void;
  forward(): void;
}

const arrows: Record<string, Direction> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };
/** CSS pixels that a press of an arrow with Ctrl moves the view. */
const stride = 80;
const zoomStep = 1.25;

/** True where the key meant something. `lead`: the box the keyboard stands on, -1: none yet. */
export function onKey(event: KeyboardEvent, arranged: Arranged, lead: number, camera: Camera, actions: KeyActions): boolean {
  const { key, altKey, shiftKey } = event;
  const command = event.ctrlKey || event.metaKey;
  const direction = arrows[key];
  if (direction && altKey) return onPlaces(direction, actions);
  if (direction && command) return pan(direction, actions);
  if (direction) return walk(direction, arranged, lead, camera, shiftKey, actions);
  if (command || altKey) return false;
  if (key === 'Home' || key === 'End') return ends(key, arranged, actions);
  if (key === 'Enter') return fold(arranged, lead, shiftKey, actions);
  if (key === 'ContextMenu' || (key === 'F10' && shiftKey)) return lead >= 0 && (actions.menu(lead), true);
  if (key === '+' || key === '=') return (actions.zoom(zoomStep), true);
  if (key === '-') return (actions.zoom(1 / zoomStep), true);
  if (key === '0') return (actions.fit(), true);
  if (key === 'Escape' && lead >= 0) return (actions.go(-1, false), true);
  return false;
}

function onPlaces(direction: Direction, actions: KeyActions): boolean {
  if (direction === 'left') actions.back();
  else if (direction === 'right') actions.forward();
  else return false;
  return true;
}

function pan(direction: Direction, actions: KeyActions): true {
  const [dx, dy] = { left: [stride, 0], right: [-stride, 0], up: [0, stride], down: [0, -stride] }[direction] as [number, number];
  actions.pan(dx, dy);
  return true;
}

function walk(direction: Direction, arranged: Arranged, lead: number, camera: Camera, add: boolean, actions: KeyActions): true {
  const next = lead < 0 ? nearestTo(arranged, camera) : step(arranged, lead, direction);
  if (next >= 0 && next !== lead) actions.go(next, add);
  return true;
}

/** Where nothing is selected yet the keyboard starts in the middle of what is seen. */
function nearestTo({ layout: { x, y, width, height }, scene }: Arranged, camera: Camera): number {
  let [best, distance] = [-1, Infinity];
  scene.boxes.forEach(({ container }, box) => {
    const apart = Math.hypot(x[box]! + width[box]! / 2 - camera.x, y[box]! + height[box]! / 2 - camera.y);
    if (!container && apart < distance) [best, distance] = [box, apart];
  });
  return best;
}

/** The uppermost and the lowest box; of those at the same height the left one. */
function ends(key: 'Home' | 'End', { layout, scene }: Arranged, actions: KeyActions): boolean {
  const sign = key === 'Home' ? 1 : -1;
  let best = -1;
  scene.boxes.forEach(({ container }, box) => {
    if (container) return;
    const apart = best < 0 ? -1 : sign * (layout.y[box]! - layout.y[best]!) || layout.x[box]! - layout.x[best]!;
    if (apart < 0) best = box;
  });
  if (best < 0) return false;
  actions.go(best, false);
  return true;
}

/** Enter opens the group it stands on; with Shift, or on the frame of an open one, folds the group around. */
function fold({ scene }: Arranged, lead: number, around: boolean, actions: KeyActions): boolean {
  const box = scene.boxes[lead];
  if (!box) return false;
  const target = around && !box.container ? box.parent : lead;
  if (target < 0 || scene.boxes[target]!.group < 0) return false;
  actions.fold(target);
  return true;
}
