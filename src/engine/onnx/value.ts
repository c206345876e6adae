import type { DataType } from './data-type.ts';

/** A dimension: a size, a name (symbolic), or null when nothing is known of it. */
export type Dim = number | string | null;

export type ValueType =
  /** `shape` undefined: the rank is unknown. */
  | { kind: 'tensor' | 'sparse'; elementType: DataType; shape?: readonly Dim[] }
  | { kind: 'sequence' | 'optional'; element?: ValueType }
  | { kind: 'map'; keyType: DataType; value?: ValueType }
  | { kind: 'opaque' };

/** Name and type of a value, as a graph declares it. Never changes: a copy with changes takes its place. */
export interface ValueInfo {
  readonly name: string;
  readonly type?: ValueType;
}
