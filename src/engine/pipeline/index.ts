/** What hosts may read of runs without starting anything: light, never reaches ONNX Runtime. */
export { hashModel } from './hash.ts';
export { overlayFile, type Overlay, type OverlayFile } from './overlay.ts';
export { findResumable, listRuns, readRecord, type RunListing } from './run-folder.ts';
export type { RunRecord, RunState } from './run-record.ts';
