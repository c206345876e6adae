/*
 * What jobs answer, a file for each kind of job: the JSON documents of the command line without their first two keys (`lathe`, `command`), which the host adds.
 * Sizes are bytes, times seconds unless the key ends in `Ms`, accuracy, AP and agreement per cent (0 to 100), PSNR dB.
 */

/** A shape with a name or null for a free dimension. */
export type Shape = readonly (number | string | null)[];

/** A figure that may be infinite in memory; as JSON text it is "inf", "-inf" or "nan" then (engine/base/json.ts). */
export type Figure = number;

/** Of detections at one score and overlap: labelled boxes found, detections that are none of them, labelled boxes in all. */
export interface BoxCounts {
  found: number;
  false: number;
  total: number;
}

/** The same measurement on those pictures alone that the label file gives one `split`. */
export interface SplitMeasurement {
  split: string;
  value: Figure;
  samples: number;
  confidence: [Figure, Figure];
  boxes?: BoxCounts;
}

export interface Measurement {
  /** `top1`, `ap50`, `psnr`, `agreement` … */
  metric: string;
  /** "%" or "dB". */
  unit: string;
  better: 'high' | 'low';
  value: Figure;
  samples: number;
  confidence: [Figure, Figure];
  /** The same model with the runtime's fusions off, where that gives another figure. */
  asWritten?: { value: Figure };
  /** The target whose arithmetic was simulated: its figure, not that of this machine's kernels. */
  simulated?: string;
  /** Of detections. */
  boxes?: BoxCounts;
  /** By split, where the label file has several and the pictures are of more than one. */
  splits?: SplitMeasurement[];
  /** Top-5, found / false / total, per class …: whatever the metric gives beside its figure. */
  extra?: Record<string, unknown>;
}

export interface NotQuantized {
  name: string;
  op: string;
  reason: string;
}

/** Width of weights or activations; `float`: that side is not quantized. */
export type Width = number | 'ternary' | 'binary' | 'float';
