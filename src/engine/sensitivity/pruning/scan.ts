import type { Context } from '../../base/context.ts';
import type { Model } from '../../onnx/graph.ts';
import { removeChannels } from '../../prune/apply.ts';
import { narrowEach, type NarrowingRequest } from '../../prune/choose/narrowing.ts';
import type { Removal } from '../../prune/groups/types.ts';

/** What a model without some channels of one group is worth. */
export interface Measured {
  /** Squared error over squared value of the outputs. */
  readonly noise: number;
  /** The task metric, where there is one, and what is lost of it. */
  readonly value?: number;
  readonly loss?: number;
}

export interface ScanRequest extends Pick<
  NarrowingRequest<Measured>,
  'coupling' | 'profile' | 'importance' | 'rules' | 'parts' | 'groups'
> {
  /** Weights loaded; not changed. */
  readonly model: Model;
  readonly measure: (model: Model, context: Context) => Promise<Measured>;
}

export interface ScannedPoint extends Measured {
  /** Of the channels, as it was asked for. */
  readonly asked: number;
  /** The same as it was possible. */
  readonly part: number;
  /** Channels left. */
  readonly left: number;
}

export interface ScannedGroup {
  /** Place in coupling and profile. */
  readonly group: number;
  /** By rising part, without the one where nothing is removed. */
  readonly points: readonly ScannedPoint[];
}

/**
 * Narrows one group at a time, all others as they are, and measures what is left of the outputs (Li et al. 2017, arXiv:1608.08710, section 3.1). Nothing makes up for the channels:
 * the figures say which groups can spare them, not what a repaired model will be worth. Throws what `measure` throws, and Cancelled.
 */
export async function scanPruning({ model, measure, ...request }: ScanRequest, context: Context): Promise<ScannedGroup[]> {
  const { coupling, profile } = request;
  const quiet = { ...context, progress: { report: () => {} } };
  const cut = (removal: Removal): Promise<Measured> => measure(removeChannels(model, coupling, removal), quiet);
  const narrowed = await narrowEach({ ...request, measure: cut, phase: 'prune', unit: 'cuts' }, context);
  return narrowed.map(({ group, points }) => {
    const { channels } = profile.groups[group]!;
    return { group, points: points.map(({ asked, left, found }) => ({ asked, part: 1 - left / channels, left, ...found })) };
  });
}
