import type { Figure, Shape } from './common.ts';

export interface InspectedValue {
  name: string;
  type: string;
  shape: Shape | null;
}

export interface InspectedLayer {
  name: string;
  op: string;
  outputShape: Shape | null;
  parameters: number;
  macs: number | null;
  bits?: number;
  sparsity?: number;
  /** With `--weights`: extremes of all weights of the layer. */
  range?: [Figure, Figure];
}

export interface InspectDocument {
  file: { path: string; bytes: number; sha256?: string };
  opset: number;
  producer: string;
  inputs: InspectedValue[];
  outputs: InspectedValue[];
  nodes: number;
  operators: Record<string, number>;
  parameters: number;
  weightBytes: number;
  macs: number | null;
  peakActivationBytes: number | null;
  /** What is odd but valid: unsorted nodes, unused values, operators that ONNX Runtime does not have. */
  findings: { code: string; message: string; node?: string }[];
  layers: InspectedLayer[];
}
