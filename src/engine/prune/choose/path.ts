import type { Widths } from './widths.ts';

/** Ever smaller widths, from what the recipe fixes to as much as may go. Costs fall along it, so that a goal is found by bisection. */
export interface WidthPath {
  /** The last step. */
  readonly steps: number;
  at(step: number): Widths;
  /** The step at which a part of the channels has gone, 0 to 1; never more than that. */
  stepAt(part: number): number;
}

/** The first step that holds, by bisection; undefined where the last does not. `holds` is true from some step on. */
export function firstStep(steps: number, holds: (step: number) => boolean): number | undefined {
  if (!holds(steps)) return undefined;
  let [low, high] = [0, steps];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** The same for what has to be measured. */
export async function firstMeasuredStep(steps: number, holds: (step: number) => Promise<boolean>): Promise<number | undefined> {
  if (!(await holds(steps))) return undefined;
  let [low, high] = [0, steps];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await holds(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}
