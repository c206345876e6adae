import type { Camera } from './camera.ts';
import type { Arranged } from './picture.ts';
import { rectOf } from './stage.ts';

/**
 * Where to look at a new layout of a graph so that it does not jump: the box of the group that is folded or unfolded, else the leading one, else the one
 * nearest to the middle of the view, stays where it is seen. -1: there is no such group or box.
 */
export function keptPlace(before: Arranged, next: Arranged, camera: Camera, folding: number, lead: number): Camera {
  const box = folding >= 0 ? before.scene.boxOfGroup[folding]! : lead >= 0 ? lead : nearest(before.layout, camera);
  const shown = before.scene.boxes[box];
  if (!shown) return camera;
  const { group, node } = shown;
  const now = folding < 0 && node >= 0 ? next.scene.boxOf[node]! : next.scene.boxOfGroup[folding >= 0 ? folding : group]!;
  if (now < 0) return camera;
  const [from, to] = [rectOf(before.layout, box), rectOf(next.layout, now)];
  return { ...camera, x: camera.x + to.x + to.width / 2 - from.x - from.width / 2, y: camera.y + to.y - from.y };
}

/** The box whose middle is nearest to the view's; -1: there is none. */
function nearest({ x, y, width, height }: Arranged['layout'], camera: Camera): number {
  let [best, distance] = [-1, Infinity];
  for (let box = 0; box < x.length; box++) {
    const apart = Math.hypot(x[box]! + width[box]! / 2 - camera.x, y[box]! + height[box]! / 2 - camera.y);
    if (apart < distance) [best, distance] = [box, apart];
  }
  return best;
}
