/** What hosts may read of runs without starting anything: light, never reaches ONNX Runtime. */
export { readAnnotations, type Annotations, type NamedOverlay } from './annotations/read.ts';
export { readCurves } from './curves/read-curves.ts';
export { hashModel } from './hash.ts';
export { overlayFile, type Overlay, type OverlayFile } from './overlay.ts';
export { findResumable, listRuns, readRecord, type RunListing } from './run-folder.ts';
export { activeLock } from './lock.ts';
export { stageName } from './stage-name.ts';
export { compareRuns } from '../report/comparison.ts';
export { comparisonCsv } from '../report/comparison-csv.ts';
export { layoutScores } from '../report/comparison-training.ts';
export { layoutPicture } from '../report/comparison-picture.ts';
export { renderComparison } from '../report/comparison-html.ts';
export { layoutCurve } from '../report/curve-layout.ts';
export { curveRows } from '../report/curve-rows.ts';
export { RunCatalog } from './run-catalog.ts';
export type { RunRecord, RunState } from './run-record.ts';
