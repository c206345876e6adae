import { withFileSource } from '../onnx/file-source.ts';
import { checkXir } from './check.ts';
import { decodeXir } from './codec.ts';
import type { XirGraph } from './graph.ts';

/** A read file: its graph, every op behind those that it reads, and what is odd about it. */
export interface XirFile {
  readonly graph: XirGraph;
  /** Where contents that were left out can be read; undefined when all are in memory. */
  readonly path?: string;
  readonly bytes: number;
  /** One sentence each. */
  readonly findings: readonly string[];
}

/** Reads an `.xmodel` without its instructions and weights: they stay in the file. Throws LatheError `xir.*`, `model.*`, `file.read`. */
export function scanXir(path: string): XirFile {
  const [decoded, bytes] = withFileSource(path, (source) => [decodeXir(source, path, { definitions: false }), source.size] as const);
  return { ...checkXir(decoded, path), path, bytes };
}

/** As `scanXir`, of a file that is in memory. */
export const readXir = (contents: Uint8Array, name?: string): XirFile => ({
  ...checkXir(decodeXir(contents, name, { definitions: false }), name),
  bytes: contents.length,
});
