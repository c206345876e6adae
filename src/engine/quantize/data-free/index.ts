import { LatheError } from '../../base/errors.ts';
import type { InputSettings } from '../../data/types.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import type { MeanRequest } from '../../statistics/channel-means.ts';
import type { Histogram } from '../../statistics/histogram.ts';
import type { MinMax } from '../../statistics/min-max.ts';
import type { Pictures } from '../../statistics/picture-extremes.ts';
import { createStatistic } from '../../statistics/restore.ts';
import type { Statistic, StatisticKind } from '../../statistics/statistic.ts';
import type { BatchNormStatistics } from '../batch-norm-statistics.ts';
import { pooled, rangeOfAll, typicalNumbers, type ChannelNormals } from './channel-normals.ts';
import { clippedMoments } from './clipped-normal.ts';
import { inputNormals } from './input-normals.ts';
import { constantNormals, resultOfNode } from './operators.ts';

export interface DataFreeRequest {
  readonly model: Model;
  readonly shapes: Shapes;
  /** As it holds for the model now: by value, after folding and rewrites. */
  readonly batchNorm: BatchNormStatistics;
  /** How pictures become the model's input. */
  readonly input: InputSettings | undefined;
  /** Values whose statistics are wanted, and of which kind. */
  readonly values: readonly string[];
  readonly kind: StatisticKind;
  readonly means: readonly MeanRequest[];
}

/** What calibration would have found. */
export interface DataFreeStatistics {
  readonly statistics: Map<string, Statistic>;
  readonly means: Map<string, Float64Array>;
}

/**
 * Statistics of values without any picture (Nagel et al., arXiv:1906.04721, sections 4.2.1 and 5.1.1): batch normalization says mean and
 * deviation of its result, ReLUs and Clips cut the normal distribution, and everything between follows by operator. Ranges are six
 * deviations to either side. Throws `quantize.no-batch-norm` for a model without batch normalization, `quantize.input-range` when the input's
 * range is needed and not declared, `quantize.unknown-range` naming a value that no rule reaches.
 */
export function dataFreeStatistics(request: DataFreeRequest): DataFreeStatistics {
  const { values, kind, means } = request;
  const known = propagate(request);
  const of = (value: string): ChannelNormals => known.get(value) ?? unknownRange(request, value);
  const statistics = new Map(values.map((value): [string, Statistic] => [value, statisticOf(kind, of(value))]));
  const meansOf = ({ value, channels }: MeanRequest): Float64Array => {
    const normals = of(value);
    const all = normals.length === channels ? normals : Array.from({ length: channels }, () => pooled(normals));
    return Float64Array.from(all, (normal) => clippedMoments(normal).mean);
  };
  return { statistics, means: new Map(means.map((wanted) => [wanted.value, meansOf(wanted)])) };
}

/** Throws `quantize.no-batch-norm` for a model that says nothing of its values. */
export function requireBatchNorm(batchNorm: BatchNormStatistics, file: string | undefined): void {
  if (batchNorm.size > 0) return;
  throw new LatheError('quantize.no-batch-norm', 'the model holds no BatchNormalization that could say how its values are spread', {
    ...(file === undefined ? {} : { file }),
    hint: 'It was probably folded when the model was exported. Export it unfolded (in PyTorch: training=TrainingMode.PRESERVE, do_constant_folding=False), or use statistics: pictures with a folder of calibration pictures.',
  });
}

function propagate({ model, shapes, batchNorm, input }: DataFreeRequest): Map<string, ChannelNormals> {
  const { graph } = model;
  const known = new Map<string, ChannelNormals>();
  const [first, ...others] = graph.requiredInputs;
  if (first && others.length === 0 && input) known.set(first.name, inputNormals(input));
  for (const node of graph.topologicalOrder()) {
    const rank = shapes.of(node.outputs[0]!)?.shape?.length;
    const operand = (index: number): ChannelNormals | undefined => {
      const name = node.inputs[index] ?? '';
      const tensor = name === '' ? undefined : graph.constant(name);
      return tensor ? constantNormals(tensor, rank) : known.get(name);
    };
    const result = resultOfNode(node, { model, graph, shapes, input: operand });
    for (const output of node.outputs) {
      const stated = batchNorm.get(output);
      if (stated) {
        known.set(
          output,
          Array.from(stated.mean, (center, channel) => ({ center, spread: stated.deviation[channel]!, low: -Infinity, high: Infinity })),
        );
      } else if (result && output !== '') known.set(output, result);
    }
  }
  return known;
}

function statisticOf(kind: StatisticKind, normals: ChannelNormals): Statistic {
  const statistic = createStatistic(kind);
  if (kind === 'histogram') {
    (statistic as Histogram).add(typicalNumbers(normals));
    return statistic;
  }
  const { low, high } = rangeOfAll(normals);
  (statistic as MinMax | Pictures).add({ index: 0, low: Math.fround(low), high: Math.fround(high) });
  return statistic;
}

function unknownRange({ model, input }: DataFreeRequest, value: string): never {
  const { graph, path } = model;
  const file = path === undefined ? {} : { file: path };
  if (graph.isInput(value)) {
    const what =
      graph.requiredInputs.length > 1 ? 'several inputs have no common range' : 'nothing says how pictures become the model’s input';
    throw new LatheError(
      'quantize.input-range',
      `the range of the input ${JSON.stringify(value)} is not known: ${input ? 'pictures go to one input only' : what}`,
      {
        ...file,
        hint: 'Declare data.input (scale, mean and std: what 0..255 becomes), or use statistics: pictures.',
      },
    );
  }
  const maker = graph.producer(value);
  throw new LatheError(
    'quantize.unknown-range',
    `batch normalization does not tell the range of ${JSON.stringify(value)}, which ${maker?.op ?? 'nothing'} makes`,
    {
      ...file,
      ...(maker ? { node: maker.label } : {}),
      hint: 'Exclude the layers around it, or use statistics: pictures.',
    },
  );
}
