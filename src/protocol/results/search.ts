import type { Figure } from './common.ts';

/** Widths of layers that were found or compared with, and what they cost. */
export interface SearchPoint {
  /** "found", "uniform 4", "knapsack" … */
  name: string;
  /** In the budget's unit. */
  cost: Figure;
  /** Of the cost with every layer at 8 bits. */
  percent: Figure;
  /** Packed bytes of all weights. */
  bytes: number;
  /** Noise over signal of the outputs as the additive model has it: the sum of what single layers cost. */
  predicted: Figure;
  /** The same, measured with all layers at their widths. */
  measured?: Figure;
  /** The task metric on validation pictures. */
  value?: Figure;
  /** Against the float model, in the metric's unit; positive is worse. */
  loss?: Figure;
}

export interface SearchedLayer {
  name: string;
  op: string;
  parameters: number;
  macs: number | null;
  /** What was chosen. */
  weights: number | 'float';
  /** Noise over signal of the outputs with this layer alone at a width ("4", "float"). */
  errors: Record<string, Figure>;
  /** The recipe's `layers` had fixed it. */
  fixed?: true;
}

export interface SearchSummary {
  method: string;
  budget: { kind: string; limit: Figure; unit: string; uniform8: Figure };
  metric: string;
  unit: string;
  /** Pictures that choices looked at. */
  samples: number;
  found: SearchPoint;
  /** Equal widths for all layers, for comparison, and what the methods proposed. */
  compared: SearchPoint[];
  /** Cheapest first; each has less error than the one before. */
  front: SearchPoint[];
  layers: SearchedLayer[];
  notes: string[];
}
