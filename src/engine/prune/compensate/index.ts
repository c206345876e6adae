export { compensate } from './compensate.ts';
export { eliminationCurves } from './elimination-curves.ts';
export type { CompensatedLayer, CompensationDependencies, EliminationCurve } from './types.ts';
