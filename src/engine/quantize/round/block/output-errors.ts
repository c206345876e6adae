import { throwIfCancelled } from '../../../base/errors.ts';
import type { Model } from '../../../onnx/graph.ts';
import { pictureFeeder } from '../../../statistics/feed.ts';
import type { StaticPlan } from '../../plan.ts';
import { Segment } from '../../../layerwise/segment.ts';

/**
 * Squared distance of each model's outputs from the plan's float model's over their squares, mean over outputs, on the pictures that `chosen` takes by their
 * place in the dataset. One picture in memory. Throws Cancelled.
 */
export async function outputErrors(plan: StaticPlan, models: readonly Model[], chosen: (index: number) => boolean): Promise<number[]> {
  const { dataset, runtime, context } = plan.dependencies;
  const { graph } = plan.model;
  const inputs = graph.requiredInputs.map(({ name }) => name);
  const outputs = graph.outputs.map(({ name }) => name);
  const segments = [plan.model, ...models].map((model) => new Segment(model, inputs, outputs, runtime, context));
  const errors = models.map(() => outputs.map(() => 0));
  const squares = outputs.map(() => 0);
  const feed = pictureFeeder(plan.model);
  try {
    for await (const sample of dataset!.stream({ signal: context.signal })) {
      throwIfCancelled(context.signal);
      if (!chosen(sample.index)) continue;
      const feeds = feed(sample);
      const wanted = await segments[0]!.run(feeds);
      for (const [i, segment] of segments.slice(1).entries()) {
        const found = await segment.run(feeds);
        outputs.forEach((name, output) => {
          const [ours, theirs] = [found[name]!.data as ArrayLike<number>, wanted[name]!.data as ArrayLike<number>];
          for (let at = 0; at < theirs.length; at++) {
            errors[i]![output]! += (Number(ours[at]) - Number(theirs[at])) ** 2;
            if (i === 0) squares[output]! += Number(theirs[at]) ** 2;
          }
        });
      }
    }
  } finally {
    for (const segment of segments) await segment.dispose();
  }
  return errors.map((own) => own.reduce((sum, error, output) => sum + error / (squares[output]! || 1), 0) / outputs.length);
}
