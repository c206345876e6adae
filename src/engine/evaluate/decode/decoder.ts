import type { Outputs } from '../metric.ts';
import type { Detection } from './boxes.ts';

/** Size of the picture as it was fed, in pixels. */
export interface FedSize {
  readonly width: number;
  readonly height: number;
}

/** Turns a detector's raw outputs for one picture into boxes in pixels of the fed picture, those with at least `score`. */
export type Decoder = (outputs: Outputs, fed: FedSize, score: number) => Detection[];
