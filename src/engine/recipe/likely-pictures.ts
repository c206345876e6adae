import path from 'node:path';
import { known, type World } from './world.ts';

/** Folders that pictures often lie in, the likeliest first. */
const likely = [/^calib/i, /^train/i, /^(pictures|images|imgs|photos|samples)$/i, /^(data|dataset)s?$/i, /^val/i];

/** A folder beside a recipe, or one level below, that is called as pictures to take ranges from are; relative, with "/". */
export function likelyPictures(world: Pick<World, 'folder'>, folder: string): string | undefined {
  const outer = best(world, folder);
  const inner = outer === undefined ? undefined : best(world, path.join(folder, outer));
  return inner === undefined ? outer : `${outer}/${inner}`;
}

function best(world: Pick<World, 'folder'>, folder: string): string | undefined {
  const names = (known(world.folder(folder)) ?? []).filter((name) => name.endsWith('/')).map((name) => name.slice(0, -1));
  return likely.map((pattern) => names.find((name) => pattern.test(name))).find((name) => name !== undefined);
}
