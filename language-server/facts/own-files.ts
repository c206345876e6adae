import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { LatheError } from '../../src/engine/base/errors.ts';
import { externalLocations } from '../../src/engine/onnx/scan.ts';

/** Links that are followed one after another. */
const mostLinks = 16;

/** A share of another machine by its text: looking at it would already tell that machine who asks. */
export const isNetworkPath = (file: string): boolean => /^([\\/]{2}|[a-z]{2,}:)/i.test(file);

/**
 * Whether a path lies in one of the folders, also behind the symbolic links on its way; nothing outside of them is touched to find out.
 * What does not exist lies where its text says.
 */
export function liesIn(folders: readonly string[], file: string, links = 0): boolean {
  const folder = folders.find((one) => file === one || file.startsWith(one.endsWith(path.sep) ? one : one + path.sep));
  if (folder === undefined || links > mostLinks) return false;
  let at = folder;
  const parts = path.relative(folder, file).split(path.sep).filter(Boolean);
  for (const [i, part] of parts.entries()) {
    at = path.join(at, part);
    const target = linkTarget(at);
    if (target !== undefined) return liesIn(folders, path.resolve(path.dirname(at), target, ...parts.slice(i + 1)), links + 1);
  }
  return true;
}

/** Throws `facts.untrusted` where the weights of a model lie behind a symbolic link. */
export function refuseLinksOf(model: string): void {
  const link = externalLocations(model).find((name) => linkTarget(path.resolve(path.dirname(model), name)) !== undefined);
  if (link === undefined) return;
  const message = 'its weights lie behind a symbolic link, which is not followed before the workspace is trusted';
  throw new LatheError('facts.untrusted', message, { file: model });
}

function linkTarget(file: string): string | undefined {
  try {
    return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : undefined;
  } catch {
    return undefined;
  }
}
