import { DataType, isFloatType } from '../../onnx/data-type.ts';
import type { Batch } from '../../data/batches.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { attributes, Node, type Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { lower } from '../lower/lowering.ts';
import { portable } from '../lower/portable/index.ts';
import { type Parameter, unflatten } from '../parameters.ts';
import { rebatch } from '../rebatch.ts';
import { trainBatchNormalization } from '../step-graph.ts';
import type { TrainDependencies } from '../task.ts';
import { euclideanNorm } from './gradients.ts';

export interface BadBatch {
  readonly model: Model;
  readonly trained: readonly Parameter[];
  readonly parameters: Float32Array;
  readonly batchNormalization: 'training' | 'frozen';
  readonly batch: Batch;
  /** Of the same layout as `parameters`. */
  readonly gradients: Float32Array;
}

/** Where a training went wrong. `first`: numbers stop being finite here; `steepest`: the gradient is longest here, beside the weights. */
export interface Culprit {
  readonly layer: string;
  readonly sign: 'first' | 'steepest';
}

/**
 * The layer whose output is the first that is not finite, found by running the network once more with a check behind each layer; where all outputs are finite, the last layer
 * with a gradient that is not; else the one with the longest gradient for its weights. Throws `runtime.*`.
 */
export async function findCulprit(bad: BadBatch, deps: TrainDependencies): Promise<Culprit | undefined> {
  const layer =
    (await firstNonFinite(bad, deps)) ??
    bad.trained.findLast(({ offset, size }) => !bad.gradients.subarray(offset, offset + size).every(Number.isFinite))?.layer;
  return layer === undefined ? steepest(bad) : { layer, sign: 'first' };
}

function steepest({ trained, parameters, gradients }: BadBatch): Culprit | undefined {
  let most = 0;
  let found: Culprit | undefined;
  for (const { offset, size, layer } of trained) {
    const weight = euclideanNorm(parameters.subarray(offset, offset + size));
    const slope = euclideanNorm(gradients.subarray(offset, offset + size)) / (weight || 1);
    if (slope <= most) continue;
    most = slope;
    found = { layer, sign: 'steepest' };
  }
  return found;
}

async function firstNonFinite(bad: BadBatch, { runtime, context }: TrainDependencies): Promise<string | undefined> {
  const { model: checked, layers } = withChecks(bad);
  const input = bad.model.graph.requiredInputs[0]!.name;
  const session = await runtime.load(encodeModel(checked), { optimize: 'none', threads: context.threads, unplannedMemory: true });
  let results: Record<string, RuntimeTensor>;
  try {
    results = await session.run({ [input]: bad.batch.input });
  } finally {
    await session.dispose();
  }
  for (const [value, layer] of layers) if (Number.isNaN(Number(results[value]?.data[0]))) return layer;
  return undefined;
}

/** The network with these weights, whose outputs are sums of x − x: zero where all of x is finite, NaN else. */
function withChecks({ model, trained, parameters, batchNormalization, batch }: BadBatch): {
  readonly model: Model;
  readonly layers: ReadonlyMap<string, string>;
} {
  const checked = cloneModel(model);
  const { graph } = checked;
  unflatten(graph, trained, parameters);
  rebatch(checked, batch.samples.length);
  if (batchNormalization === 'training') trainBatchNormalization(graph);
  const shapes = inferShapes(checked);
  const layers = new Map<string, string>();
  for (const node of graph.topologicalOrder()) {
    for (const value of node.outputs) {
      if (value === '' || !isFloatType(shapes.of(value)?.type ?? 0)) continue;
      const [difference, sum] = [graph.uniqueName(`${value}/difference`), graph.uniqueName(`${value}/check`)];
      graph.add(new Node(difference, 'Sub', [value, value], [difference]));
      graph.add(new Node(sum, 'ReduceSum', [difference], [sum], attributes({ keepdims: 0 })));
      layers.set(sum, node.label);
    }
  }
  graph.outputs = [...layers.keys()].map((name) => ({ name, type: { kind: 'tensor', elementType: DataType.float32 } }));
  lower(checked, portable);
  return { model: checked, layers };
}
