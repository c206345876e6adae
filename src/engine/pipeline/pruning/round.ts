import type { PrunedCosts, PruningRound } from '../../../protocol/pruning.ts';
import { measureLatency } from '../../evaluate/latency.ts';
import { encodeModel } from '../../onnx/codec.ts';
import type { Model } from '../../onnx/graph.ts';
import { costsAt, wholeWidths } from '../../prune/costs-at.ts';
import { pruningProfile } from '../../prune/costs.ts';
import type { Coupling } from '../../prune/groups/types.ts';
import type { ValidationScore } from '../../train/task.ts';
import type { LoadedSample } from '../../data/types.ts';
import type { StepRequest } from '../steps/step.ts';

/** What a model costs as it is, and how wide its groups are. */
export function widthsAndCosts(model: Model, coupling: Coupling): PrunedCosts & Pick<PruningRound, 'channels'> {
  const profile = pruningProfile(model, coupling);
  return {
    ...costsAt(profile, wholeWidths(profile)),
    channels: Object.fromEntries(coupling.groups.map(({ name, channels }) => [name, channels])),
  };
}

export type RoundScore = NonNullable<PruningRound['score']>;

/** A round's score right behind the cut, where there are validation pictures. */
export const cutScore = (score: ValidationScore | undefined): { score?: RoundScore } =>
  score ? { score: { metric: score.metric, unit: score.unit, better: score.better, cut: score.value } } : {};

/** Calls that are timed: enough for a median, few enough for every round. */
const [timedCalls, warmUpCalls] = [15, 3];

/** Median milliseconds of one picture on this machine; undefined without pictures. */
export async function milliseconds(model: Model, { data, runtime, context }: StepRequest): Promise<number | undefined> {
  const dataset = data.validation ?? data.calibration ?? data.train;
  const sample = dataset && (await firstSample(dataset, context.signal));
  if (!sample) return undefined;
  const request = { file: encodeModel(model), model, sample, runs: timedCalls, warmUp: warmUpCalls };
  return (await measureLatency(request, { runtime, context })).median;
}

async function firstSample(dataset: NonNullable<StepRequest['data']['train']>, signal: AbortSignal): Promise<LoadedSample | undefined> {
  for await (const sample of dataset.stream({ signal, to: 1 })) return sample;
  return undefined;
}
