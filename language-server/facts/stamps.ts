import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Stamps } from './jobs.ts';

/** What a file that can't be looked at looks like. */
const absent = 'absent';

/** What a file or folder looks like from outside. */
export async function stampOf(file: string): Promise<string> {
  try {
    return shown(await stat(file));
  } catch {
    return absent;
  }
}

/** The same at once, for threads that may wait. */
export function stampOfSync(file: string): string {
  try {
    return shown(statSync(file));
  } catch {
    return absent;
  }
}

export const stampsOf = (files: readonly string[]): Stamps => Object.fromEntries(files.map((file) => [file, stampOfSync(file)]));

/** Whether they all look as they did. */
export async function areFresh(stamps: Stamps): Promise<boolean> {
  const now = await Promise.all(Object.entries(stamps).map(async ([file, stamp]) => (await stampOf(file)) === stamp));
  return now.every(Boolean);
}

const shown = ({ size, mtimeMs, ino }: { size: number; mtimeMs: number; ino: number }): string => `${size} ${mtimeMs} ${ino}`;
