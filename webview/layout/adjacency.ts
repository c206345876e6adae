/** Things grouped by a key from 0 to n - 1: those of key k are `items` from `starts[k]` to `starts[k + 1]`, in their first order. */
export interface Adjacency {
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** Indices of `keys` by their key. Negative keys are left out. */
export function groupBy(count: number, keys: ArrayLike<number>): Adjacency {
  const starts = new Int32Array(count + 1);
  for (let i = 0; i < keys.length; i++) if (keys[i]! >= 0) starts[keys[i]! + 1]!++;
  for (let key = 0; key < count; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice(0, count);
  const items = new Int32Array(starts[count]!);
  for (let i = 0; i < keys.length; i++) if (keys[i]! >= 0) items[next[keys[i]!]!++] = i;
  return { starts, items };
}
