import { withFileSource } from '../onnx/file-source.ts';
import { memorySource, type ByteSource } from '../onnx/wire-reader.ts';
import type { Container } from './container.ts';
import { readEspdl } from './espdl.ts';
import { readHef } from './hef.ts';

export type { Container, ContainerNode } from './container.ts';

/** Files made for one chip, by ending. A new one is a file here and a line in this list. */
const readers: readonly (readonly [ending: RegExp, read: (source: ByteSource, file?: string) => Container])[] = [
  [/\.hef$/i, readHef],
  [/\.espdl$/i, readEspdl],
];

const readerOf = (name: string): ((source: ByteSource, file?: string) => Container) | undefined =>
  readers.find(([ending]) => ending.test(name))?.[1];

export const isContainer = (name: string): boolean => readerOf(name) !== undefined;

/** Reads a file for a board by its ending. Throws LatheError `container.*`, `model.*`, `file.read`; RangeError for other endings. */
export function scanContainer(path: string): Container {
  const read = readerOf(path);
  if (!read) throw new RangeError(`no file for a board ends like ${path}`);
  return withFileSource(path, (source) => read(source, path));
}

/** As `scanContainer`, of a file that is in memory. */
export function readContainer(bytes: Uint8Array, name: string): Container {
  const read = readerOf(name);
  if (!read) throw new RangeError(`no file for a board ends like ${name}`);
  return read(memorySource(bytes), name);
}
