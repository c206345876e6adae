import type { Cli } from '../cli.ts';

/** Text colours of a terminal; plain text where the stream is none, or NO_COLOR is set (no-color.org). */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

const wrap =
  (code: number, end: number) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[${end}m`;

const coloured: Style = { bold: wrap(1, 22), dim: wrap(2, 22), good: wrap(32, 39), bad: wrap(31, 39), warn: wrap(33, 39) };
const same = (text: string): string => text;
const plain: Style = { bold: same, dim: same, good: same, bad: same, warn: same };

export function styleFor(stream: { isTTY?: boolean }, env: Cli['env']): Style {
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? coloured : plain;
}
