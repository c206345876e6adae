import type { PrunedCosts } from '../pruning.ts';
import type { OverlayView } from '../view.ts';
import type { Figure } from './common.ts';

/** One group of channels with a part of them removed, all else as it was. */
export interface PruningSensitivityPoint {
  /** Part of the channels that was to go, and the one that went. */
  asked: number;
  part: number;
  /** Channels left. */
  left: number;
  /** In the document's `unit`; null beside `equal: true` where the outputs did not change. */
  value: Figure | null;
  equal?: true;
  /** Against the whole model, in the metric's unit; positive is worse. Only where a task metric was measured. */
  loss?: Figure;
}

export interface PruningSensitivityGroup {
  /** Of the group: its first layer. */
  name: string;
  op: string;
  channels: number;
  /** Names of the layers that make it. */
  makers: string[];
  /** Multiply-adds of the layers that make or read it. */
  macs: number;
  /** By rising part. */
  points: PruningSensitivityPoint[];
  /** Part of its channels to remove for the suggested goal. */
  suggested: number;
}

/** `lathe analyze --technique prune`. */
export interface PruningSensitivityDocument {
  /** Absolute path. */
  model: string;
  technique: 'prune';
  method: 'isolated';
  metric: 'sqnr' | 'task';
  /** What the metric `task` turned out to be (`top1`); otherwise the metric again. */
  measure: string;
  unit: string;
  better: 'low' | 'high';
  samples: number;
  /** What said which channels matter least. */
  criterion: string;
  /** Most sensitive first: what is lost when the middle one of the parts goes. */
  groups: PruningSensitivityGroup[];
  /** Parts of the whole model that remain with the suggested widths. */
  suggestion: { macs: number; parameters: number; costs: PrunedCosts };
  /** Groups that have to stay, with the reason. */
  kept: { name: string; channels: number; reason: string }[];
  /** Nodes of the main graph; the overlays' indices are places among them. */
  nodes: number;
  overlays: OverlayView[];
  seconds: number;
  /** Cut models that were run over the pictures. */
  cuts: number;
  warnings: string[];
}
