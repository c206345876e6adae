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

/** A file for a board: XIR (`.xmodel`), or what is made for one chip (`.hef`, `.espdl`). What both formats lack is null. */
export interface InspectBoardDocument extends Omit<InspectDocument, 'opset' | 'findings'> {
  /** "XIR, compiled for DPUCZDX8G_ISA1_B4096". */
  format: string;
  /** What the file says of itself: chip, fingerprint, tools, checksums. */
  facts: [name: string, value: string][];
  findings: { message: string }[];
  /** Of XIR. */
  xir?: {
    kind: 'quantized' | 'compiled';
    fingerprints: { hex: string; size?: string; isa: number; features: string[]; image?: string }[];
    subgraphs: { name: string; device: string; operators: number; workload: number; workloadOnArch: number }[];
    /** Operators that the compiler left to the processor. */
    fallbacks: { op: string; type: string }[];
  };
}
