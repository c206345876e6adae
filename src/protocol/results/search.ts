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
  /** Of several models: what each gets, in the order in which they run. */
  models?: ModelShare[];
}

/** What one model of a chain gets of a budget. */
export interface ModelShare {
  /** Its alias. */
  model: string;
  /** In the budget's unit. */
  cost: Figure;
  /** Of what this model takes with every layer at 8 bits. */
  percent: Figure;
  /** Part of its channels that go. */
  removed: Figure;
  /** Mean width of its weights; float counts 32. */
  bits: Figure;
  /** Noise over signal that it adds to the answer of the whole, by the sum of its parts. */
  predicted: Figure;
}

/** What the answer of the whole loses when one model alone is changed: all its layers at a width, or a part of its channels gone. */
export interface ModelCurvePoint extends Pick<SearchPoint, 'value' | 'loss'> {
  weights?: number;
  removed?: Figure;
  /** Of this model, in the budget's unit. */
  cost: Figure;
  /** Noise over signal of the outputs. */
  measured: Figure;
}

export interface SearchedModel {
  /** Its alias. */
  model: string;
  /** What it takes with every layer at 8 bits. */
  uniform8: Figure;
  curve: ModelCurvePoint[];
  /** What it adds to the noise of the answer, by what it takes: cheapest first. */
  front: Pick<SearchPoint, 'cost' | 'predicted'>[];
}

/** A layer whose channels were chosen. */
export interface SearchedChannels {
  name: string;
  before: number;
  after: number;
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
  /** Of a chain, or where channels may go. */
  models?: SearchedModel[];
  /** Layers that lose channels. */
  channels?: SearchedChannels[];
  notes: string[];
}
