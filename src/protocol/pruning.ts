/** Length of one axis of a tensor or layer: what stays anyway, and what each group's channels add. */
export interface PrunedExtent {
  fixed: number;
  /** Index of the group, and how many places along the axis one of its channels has (mean, where they differ). */
  groups: readonly (readonly [group: number, places: number])[];
}

/** A group of channels that can go. */
export interface PrunableGroup {
  name: string;
  channels: number;
  /** The fewest that may be left. */
  minimum: number;
  /** How many channels one of them stands for in the layers that make it, each number once: a part of every group of a grouped convolution. Absent: 1. */
  places?: readonly number[];
  /** Names of the layers that make and that read it. */
  makers: readonly string[];
  readers: readonly string[];
  /** Importance of each channel under the criterion that was asked for; absent before anything was measured. */
  importance?: readonly number[];
  /** What was measured with parts of this group removed, all others whole; by rising part. null: nothing changed. */
  curve?: readonly (readonly [part: number, value: number | null])[];
  /** Part to remove that the measurement suggests. */
  suggested?: number;
}

/**
 * What a model costs at any widths, without touching a weight: multiply-adds of a layer and elements of a tensor are products of extents. For previews that follow
 * a slider. Plain data.
 */
export interface PruningProfile {
  groups: readonly PrunableGroup[];
  /** What has to stay, with the reason in words. */
  kept: readonly { name: string; channels: number; reason: string }[];
  /** Layers with multiply-adds for one picture, with what they cost as they are; the extents that change it. */
  layers: readonly { name: string; op: string; macs: number; extents: readonly PrunedExtent[] }[];
  /** Stored tensors. Bytes are those of one element. */
  tensors: readonly { layer: string; elements: number; bytes: number; extents: readonly PrunedExtent[] }[];
  /** What the curves of the groups are of: "SQNR, 64 pictures". */
  measured?: { title: string; unit: string; better: 'high' | 'low' };
  /** In words, where the size of the picture is free: the one that multiply-adds are of. Ratios hardly depend on it. */
  assumed?: string;
}

/** What a model costs. */
export interface PrunedCosts {
  parameters: number;
  /** For one picture. */
  macs: number;
  /** Of the stored tensors. */
  bytes: number;
}

/** One round of pruning: what was left, and what it was worth. The first is the model as it was. */
export interface PruningRound extends PrunedCosts {
  round: number;
  /** Channels left by group. */
  channels: Readonly<Record<string, number>>;
  /** On validation pictures: right after the cut (with what was repaired without training), and after fine-tuning. */
  score?: { metric: string; unit: string; better: 'high' | 'low'; cut?: number; tuned?: number };
  /** Of one picture, median. */
  milliseconds?: number;
  seconds: number;
}
