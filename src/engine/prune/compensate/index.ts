export { compensate } from './compensate.ts';
export { eliminationCurves } from './elimination-curves.ts';
export type { CompensatedLayer, Compensation, CompensationDependencies, EliminationCurve, LeftAlone } from './types.ts';
