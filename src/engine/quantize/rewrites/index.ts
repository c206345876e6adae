import { throwIfCancelled } from '../../base/errors.ts';
import { collectChannelExtremes, type ChannelExtremes, type ExtremesRequest } from '../../statistics/channel-extremes.ts';
import type { BatchNormStatistics, ChannelNormal } from '../batch-norm-statistics.ts';
import { channelGroups } from './channel-groups.ts';
import { ChannelRanges } from './channel-ranges.ts';
import { absorbBias } from './absorb-bias.ts';
import { equalize } from './equalize.ts';
import { migrate } from './migrate.ts';
import { removeDead } from './remove-dead.ts';
import type { Rewrite, RewriteRequest, RewriteState, Wish } from './rewrite.ts';

/** Every rewrite, in the order in which they run. A new one is one file and a line here. */
export const rewrites: readonly Rewrite[] = [removeDead, equalize, absorbBias, migrate];

/** What became of the model. */
export interface Rewritten {
  /** What was done, in sentences. */
  readonly notes: string[];
  /** Statistics of batch normalization as they hold for the rewritten model. */
  readonly batchNorm: BatchNormStatistics;
}

/**
 * Runs the rewrites that the settings ask for. What they need to know of channels is gathered first, in at most one pass over the pictures
 * through the part of the model that makes the values asked for; with `statistics: batch-norm` it comes from the model itself.
 * Changes the model in place; its nodes stay. Throws what reading pictures and running the model throw, and Cancelled.
 */
export async function rewriteModel(request: RewriteRequest): Promise<Rewritten> {
  const { model, shapes, dependencies, forLayer } = request;
  const wanted = rewrites.filter((rewrite) => rewrite.wanted(request.request));
  const batchNorm = new Map<string, ChannelNormal>();
  for (const [value, { mean, deviation }] of request.batchNorm) batchNorm.set(value, { mean: mean.slice(), deviation: deviation.slice() });
  if (wanted.length === 0) return { notes: [], batchNorm };
  const state: RewriteState = {
    ...request,
    batchNorm,
    channels: new ChannelRanges(),
    groups: () => channelGroups(model.graph, shapes, (node) => 'reason' in forLayer(node)),
  };
  await learn(
    state,
    wanted.flatMap((rewrite) => rewrite.wish?.(state) ?? []),
  );
  const notes: string[] = [];
  for (const rewrite of wanted) {
    throwIfCancelled(dependencies.context.signal);
    notes.push(...rewrite.run(state));
  }
  return { notes, batchNorm };
}

async function learn(state: RewriteState, wishes: readonly Wish[]): Promise<void> {
  const { model, shapes, dependencies, request, channels, batchNorm } = state;
  const { dataset, runtime, context } = dependencies;
  const axes = new Map(wishes.flatMap(({ values }) => [...values]));
  if (request.settings.statistics === 'batch-norm') {
    for (const value of axes.keys()) {
      const normal = batchNorm.get(value);
      if (normal) channels.addNormal(value, normal);
    }
    return;
  }
  if (!dataset) return;
  const requests = [...axes].flatMap(([value, axis]): ExtremesRequest[] => {
    const shape = shapes.of(value)?.shape;
    const size = shape?.[axis];
    return shape && typeof size === 'number' ? [{ value, axis, rank: shape.length, channels: size }] : [];
  });
  const known = (found: ReadonlyMap<string, ChannelExtremes>): ChannelRanges => {
    const ranges = new ChannelRanges();
    for (const [value, extremes] of found) ranges.addExtremes(value, extremes);
    return ranges;
  };
  const enough = (found: ReadonlyMap<string, ChannelExtremes>): boolean => {
    if (!wishes.every((wish) => wish.values.size === 0 || wish.enough)) return false;
    const ranges = known(found);
    return wishes.every((wish) => wish.values.size === 0 || wish.enough!(ranges));
  };
  const found = await collectChannelExtremes({ model, requests, dataset, runtime, context, enough });
  for (const [value, extremes] of found) channels.addExtremes(value, extremes);
}
