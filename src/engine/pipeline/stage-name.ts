import type { ResolvedStep } from '../recipe/types.ts';

/** Name of a step's stage in the plan, the record, the log and its learning curve. */
export const stageName = (step: ResolvedStep): string => (step.index === 0 ? step.step : `${step.step} (step ${step.index + 1})`);
