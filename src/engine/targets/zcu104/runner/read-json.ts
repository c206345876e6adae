import { readFile, stat } from 'node:fs/promises';
import { LatheError } from '../../../base/errors.ts';
import { shown } from './foreign.ts';

/** 100 000 times as text, and all else. */
const mostBytes = 1 << 24;

/** A file that came back from a board. Throws `board.result`. */
export async function readJson(file: string): Promise<unknown> {
  const wrong = (why: string, cause?: unknown): LatheError =>
    new LatheError('board.result', `what came back from the board can’t be read: ${why}`, { file, cause }, 1);
  try {
    if ((await stat(file)).size > mostBytes) throw wrong('it is too large');
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw error instanceof LatheError ? error : wrong(shown((error as Error).message), error);
  }
}
