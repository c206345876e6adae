export { chooseZeros } from './choose-zeros.ts';
export { compensateZeros } from './compensate-zeros.ts';
export { growingZeros } from './growing-zeros.ts';
export { heldZeros } from './held-zeros.ts';
export { isSparse, markSparse } from './metadata.ts';
export { planSparse, type SparsePlan, type SparseSettings } from './plan.ts';
export { setZeros } from './set-zeros.ts';
