import { LatheError } from '../../base/errors.ts';

/** Names that we give or take on a board: safe for shells, for sftp and on every file system. No way out of the folder. */
const safe = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;

/** A path of such names, relative to the job's folder. Throws `board.name`. */
export function checkedName(name: string): string {
  if (name.length <= 400 && name.split('/').every((part) => safe.test(part))) return name;
  throw new LatheError('board.name', `${JSON.stringify(name.slice(0, 100))} is no name for a file on a board`, {}, 1);
}

export const isSafeName = (name: string): boolean => safe.test(name);

/** A file's name with what is not safe replaced. */
export const asSafeName = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, 80) || 'model';

/**
 * A path as one word of a line of sftp's batch language (makeargv in OpenSSH's sftp.c): within double quotes only \ and " are special.
 * Throws `board.folder` for what no line can hold.
 */
export function quoteSftp(path: string): string {
  if (/[\0-\x1f\x7f]/.test(path)) {
    throw new LatheError('board.folder', `the folder ${JSON.stringify(path.slice(0, 100))} has control characters in its name`, {
      hint: 'Set `folder` to another one.',
    });
  }
  return `"${path.replaceAll(/[\\"]/g, '\\$&')}"`;
}
