import { parseExact, toExactJson } from '../../base/json.ts';
import type { CurveState } from './learning-curve.ts';

/** Of the format below: a state of another one is not read. */
const version = 2;

/** A training as it stands between two steps. */
export interface SavedState {
  /** Steps done. */
  readonly done: number;
  readonly curve: CurveState;
  /** Why it ended before its last step. */
  readonly stopped?: string;
  /** By name: weights, moments, statistics, the best weights until then. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

/** Length of the description (4 bytes, little-endian), the description as JSON, then the arrays' values, little-endian. */
export function encodeState({ arrays, ...rest }: SavedState): Uint8Array {
  const places = Object.entries(arrays).map(([name, { length }]) => [name, length] as const);
  const head = Buffer.from(toExactJson({ version, places, ...rest }));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const bytes = Object.values(arrays).map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  return Buffer.concat([size, head, ...bytes]);
}

/** undefined for a state that another version wrote. */
export function decodeState(bytes: Uint8Array): SavedState | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.readUInt32LE(0);
  const head = parseExact(view.toString('utf8', 4, 4 + length)) as Omit<SavedState, 'arrays'> & {
    readonly version: number;
    readonly places: readonly (readonly [string, number])[];
  };
  if (head.version !== version) return undefined;
  const { places, version: _, ...rest } = head;
  const arrays: Record<string, Float32Array> = {};
  let offset = 4 + length;
  for (const [name, size] of places) {
    // A copy: the bytes need not lie at a multiple of four.
    arrays[name] = new Float32Array(Uint8Array.from(view.subarray(offset, offset + 4 * size)).buffer);
    offset += 4 * size;
  }
  return { ...rest, arrays };
}

/** `{ first: a }` under `optimizer` becomes `{ 'optimizer/first': a }`. */
export const prefixed = (prefix: string, arrays: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${prefix}/${name}`, array]));

/** The other way. */
export const under = (prefix: string, arrays: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(arrays).flatMap(([name, array]) => (name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), array]] : [])),
  );
