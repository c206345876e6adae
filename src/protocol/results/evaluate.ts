import type { BoxCounts, Figure, SplitMeasurement } from './common.ts';

export interface EvaluateDocument {
  model: string;
  metric: string;
  unit: string;
  value: Figure;
  samples: number;
  confidence: [Figure, Figure];
  /** Corrupt pictures left out. */
  skipped?: number;
  asWritten?: { value: Figure };
  /** Of detections. */
  boxes?: BoxCounts;
  /** By split, where the pictures are of more than one. */
  splits?: SplitMeasurement[];
  /** The target whose arithmetic was simulated. */
  simulated?: string;
  /** Against a second model on the same pictures: value - other value, with the interval of the paired difference. */
  difference?: { model: string; value: Figure; confidence: [Figure, Figure] };
  latencyMs?: { median: number; p90: number };
  threads: number;
  /** Picture files written beside the figures. */
  pictures?: number;
  extra: Record<string, unknown>;
  warnings: string[];
}
