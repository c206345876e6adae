import type { Figure } from './common.ts';

export interface ComparedLayer {
  /** Names in the two models. */
  a: string;
  b: string;
  op: string;
  /** null beside `equal: true` where the tensors are the same. */
  sqnrDb: Figure | null;
  equal?: true;
  cosine: Figure;
  maxAbs: Figure;
  meanShift: Figure;
  /** Only where the job asked for it. */
  outputs?: LayerOutputs;
}

/** How the outputs of a layer lie in both models. */
export interface LayerOutputs {
  /** Counts over the same equal bins from `low` to `high`. */
  low: number;
  high: number;
  a: number[];
  b: number[];
  /** Channels in all (axis 1); 0 where the output has none. */
  channels: number;
  /** Worst first, not all of them; `share`: of the noise of all channels, 0 to 1. */
  worst: { channel: number; low: number; high: number; sqnr: number | null; share: number }[];
  /** What range estimators would choose for the first model's values, by their names. */
  ranges: { estimator: string; low: number; high: number }[];
}

export interface ComparedOutput {
  name: string;
  sqnrDb: Figure | null;
  equal?: true;
  cosine: Figure;
  maxAbs: Figure;
}

export interface CompareDocument {
  inputs: [string, string];
  /** Names of nodes. `changed`: same name, other operator, attributes or weights. */
  structure: { added: string[]; removed: string[]; changed: string[] };
  layers: ComparedLayer[];
  outputs: ComparedOutput[];
  size: { a: number; b: number };
  /** Pictures that ran through both. */
  samples: number;
  warnings: string[];
  /** Where one of the two is an `.xmodel`: what became of each node of the other. */
  xir?: ComparedXir;
}

/** Bits behind the binary point of one tensor in both files; one is absent where that file does not round it. */
export interface ComparedPositions {
  onnx?: number;
  xir?: number;
}

export interface ComparedXir {
  kind: 'quantized' | 'compiled';
  nodes: {
    node: string;
    op: string;
    /** `same`: an operator of its own; `fused`: part of another's; `folded`: into weights or nothing; `gone`: nothing is known to stand for it. */
    became: 'same' | 'fused' | 'folded' | 'gone';
    xir?: string;
    type?: string;
    device?: string;
    by?: 'name' | 'order';
    result?: ComparedPositions;
    weights?: ComparedPositions;
    workload?: number;
  }[];
  /** Operators of the `.xmodel` that no node stands for. */
  added: { name: string; type: string; device?: string }[];
  /** Nodes whose positions differ. */
  differing: number;
}
