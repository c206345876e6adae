import path from 'node:path';

/** A path as short as it stays clear: relative inside the current folder, absolute elsewhere. */
export function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative || '.';
}

/** A path as one word of a shell's command line. */
export const quoted = (text: string): string => (/^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
