import type { LoweringSite } from '../lowering.ts';

export const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

/**
 * A value as `dims` with its axes in another order, flat. Axes of size 1 and axes that stay together are moved as one: ONNX Runtime is fastest where a single axis moves.
 */
export function moved(site: LoweringSite, value: string, dims: readonly number[], order: readonly number[]): string {
  const runs: number[][] = [];
  for (const axis of order.filter((each) => dims[each] !== 1)) {
    const last = runs.at(-1);
    if (last && isNext(dims, last.at(-1)!, axis)) last.push(axis);
    else runs.push([axis]);
  }
  const before = [...runs].sort((a, b) => a[0]! - b[0]!);
  if (runs.every((run, i) => run === before[i])) return value;
  const view = before.map((run) => product(run.map((axis) => dims[axis]!)));
  return site.transpose(site.reshape(value, view), runs.map((run) => before.indexOf(run))); // prettier-ignore
}

/** Whether only axes of size 1 lie between two axes. */
const isNext = (dims: readonly number[], axis: number, next: number): boolean =>
  next > axis && dims.slice(axis + 1, next).every((dim) => dim === 1);
