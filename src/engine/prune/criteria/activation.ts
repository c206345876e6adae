import { Type } from '@sinclair/typebox';
import { throwIfCancelled } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { attributes, Node, type Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import { ChannelTaps, type ChannelTap } from '../../statistics/channel-taps.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import type { ChannelPlaces, CouplingGroup } from '../groups/types.ts';
import type { Criterion, CriterionPictures, CriterionRequest } from './criterion.ts';
import { needPictures } from './needs.ts';
import { activityParameter } from './settings.ts';

const parameters = Type.Object({ activity: activityParameter }, { additionalProperties: false });

/** What the readers of a channel get to see of it, mean over pictures. */
export const activation: Criterion<typeof parameters> = {
  declaration: {
    name: 'activation',
    summary: 'How much, or how often, anything comes through the channel, on pictures without labels.',
    source: 'Hu et al. 2016, Network trimming (APoZ), arXiv:1607.03250; Molchanov et al. 2017, arXiv:1611.06440',
    parameters,
  },
  looksAt: 'pictures',
  async open(request, { activity }) {
    const pictures = needPictures(request, 'activation');
    const means = await channelMeans(request, pictures, activity);
    return (group) =>
      [...readValues(group)].flatMap(([value, { places }]) => {
        const all = means.get(value);
        return all ? [Float64Array.from(places, (own) => own.reduce((sum, place) => sum + all[place]!, 0) / own.length)] : [];
      });
  },
};

/** What the layers with weights read of a group, each value once. */
function readValues({ readers, values }: CouplingGroup): Map<string, ChannelPlaces> {
  return new Map(
    readers.flatMap(({ inputs }) => inputs.flatMap((input) => (values.has(input) ? [[input, values.get(input)!] as const] : []))),
  );
}

/** By value and place along its channel axis. */
async function channelMeans(
  { model: original, coupling }: CriterionRequest,
  { dataset, runtime, context }: CriterionPictures,
  activity: 'mean' | 'zeros',
): Promise<Map<string, Float64Array>> {
  const model = cloneModel(original);
  const shapes = inferShapes(model).forOnePicture(model);
  const values = new Map(coupling.groups.flatMap((group) => [...readValues(group)]));
  const taps = [...values].flatMap(([value, { axis }]): (ChannelTap & { readonly of: string })[] => {
    const shape = shapes.of(value)?.shape;
    const channels = shape?.[axis];
    if (!shape || typeof channels !== 'number') return [];
    return [{ of: value, value: addMagnitude(model, value, activity), rank: shape.length, axis, channels, reduce: 'ReduceMean' }];
  });
  const sums = new Map(taps.map(({ of, channels }) => [of, new Float64Array(channels)]));
  if (taps.length === 0) return sums;
  const toFeeds = pictureFeeder(model);
  const probe = await ChannelTaps.load(model, taps, runtime, context);
  let done = 0;
  try {
    for await (const sample of dataset.stream({ signal: context.signal })) {
      throwIfCancelled(context.signal);
      (await probe.run(toFeeds(sample))).forEach((means, i) => {
        const sum = sums.get(taps[i]!.of)!;
        means.forEach((mean, place) => (sum[place]! += mean / dataset.samples.length));
      });
      context.progress.report({ phase: 'activity', done: ++done, total: dataset.samples.length, unit: 'pictures' });
    }
  } finally {
    await probe.dispose();
  }
  return sums;
}

/** |x|, or 1 where x is not 0. */
function addMagnitude({ graph }: Model, value: string, activity: 'mean' | 'zeros'): string {
  const emit = (op: string, input: string): string => {
    const name = graph.uniqueName(`${value}/${op}`);
    graph.add(new Node('', op, [input], [name], attributes({})));
    return name;
  };
  const magnitude = emit('Abs', value);
  return activity === 'mean' ? magnitude : emit('Sign', magnitude);
}
