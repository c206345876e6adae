import type { ResolvedStep } from '../recipe/types.ts';

/** Name of a step's stage in the plan, the record, the log and its learning curve. */
export function stageName({ step, on, index }: ResolvedStep): string {
  const title = on === undefined ? step : `${step} of ${on}`;
  return index === 0 ? title : `${title} (step ${index + 1})`;
}
