import { openArray } from '../../../src/engine/data/npy/array.ts';

/** One array of an .npz, whole. */
export async function npzArray(file: string, name: string): Promise<{ dims: number[]; data: number[] }> {
  const array = await openArray(file, name);
  const data: number[] = [];
  for (let i = 0; i < array.rows; i++) for (const value of (await array.row(i)).data as Uint8Array) data.push(value);
  await array.close();
  return { dims: [array.rows, ...array.shape], data };
}

export function worstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
}
