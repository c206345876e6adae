import type { Context } from '../base/context.ts';
import { throwIfCancelled } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Node, type Model } from '../onnx/graph.ts';
import { encodeModel } from '../onnx/codec.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import { copyForTaps } from '../statistics/tap.ts';

export interface MeanRequest {
  readonly value: string;
  readonly rank: number;
  /** The axis to keep; the mean runs over all others. */
  readonly axis: number;
  /** Size of that axis. */
  readonly channels: number;
}

const output = 'lathe_means';

/**
 * Mean of each channel of the given values over all pictures, each picture counting once. One float run a picture; the means are
 * taken inside of the graph, so memory does not grow with the activations.
 */
export async function channelMeans(
  model: Model,
  requests: readonly MeanRequest[],
  { dataset, runtime, context }: { dataset: Dataset; runtime: Runtime; context: Context },
): Promise<Map<string, Float64Array>> {
  const sums = requests.map(({ channels }) => new Float64Array(channels));
  if (requests.length === 0) return new Map();
  const session = await runtime.load(meansModel(model, requests), { optimize: 'all', threads: context.threads });
  const toFeeds = pictureFeeder(model);
  let pictures = 0;
  try {
    for await (const sample of dataset.stream({ signal: context.signal })) {
      throwIfCancelled(context.signal);
      const means = (await session.run(toFeeds(sample), [output]))[output]!.data as Float32Array;
      let at = 0;
      for (const sum of sums) for (let channel = 0; channel < sum.length; channel++) sum[channel]! += means[at++]!;
      pictures++;
      context.progress.report({ phase: 'mean activations', done: pictures, total: dataset.samples.length, unit: 'pictures' });
    }
  } finally {
    await session.dispose();
  }
  return new Map(requests.map(({ value }, i) => [value, sums[i]!.map((sum) => sum / Math.max(1, pictures))]));
}

function meansModel(model: Model, requests: readonly MeanRequest[]): Uint8Array {
  const tapped = copyForTaps(
    model,
    requests.map(({ value }) => value),
  );
  const { graph } = tapped;
  const parts = requests.map(({ value, rank, axis }, i) => {
    const axes = Array.from({ length: rank }, (_, at) => at).filter((at) => at !== axis);
    const name = `lathe_mean_${i}`;
    if (tapped.opset < 18) graph.add(new Node('', 'ReduceMean', [value], [name], attributes({ axes, keepdims: 0 })));
    else {
      graph.initializers.set(`${name}_axes`, Tensor.int64([axes.length], axes));
      graph.add(new Node('', 'ReduceMean', [value, `${name}_axes`], [name], attributes({ keepdims: 0 })));
    }
    return name;
  });
  graph.add(new Node('', 'Concat', parts, [output], attributes({ axis: 0 })));
  graph.outputs = [{ name: output, type: { kind: 'tensor', elementType: DataType.float32 } }];
  return encodeModel(tapped);
}
