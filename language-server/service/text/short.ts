import { visible } from '../../../src/protocol/format.ts';

/** Text of a recipe for a list or a title: on one line, signs that steer the writing made visible, no longer than `length`. */
export function short(text: string, length = 100): string {
  const shown = visible(text.slice(0, length + 1));
  return shown.length > length ? `${shown.slice(0, length - 1)}…` : shown;
}
