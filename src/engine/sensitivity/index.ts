/** What hosts may list and check without running anything. */
export { findMethod, methods, plannedMethods } from './methods/index.ts';
export { metrics } from './metrics/index.ts';
export { parseWidths, quantizedSides, type QuantizedSide } from './widths.ts';
