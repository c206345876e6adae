import { seededRandom } from '../../src/engine/base/random.ts';
import type { Batch } from '../../src/engine/data/batches.ts';
import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../src/engine/runtime/ort-node.ts';
import type { RuntimeTensor } from '../../src/engine/runtime/runtime.ts';
import { batchFeeds } from '../../src/engine/train/loop/step-session.ts';
import { lossInputs, type Loss, type TeacherValues } from '../../src/engine/train/losses/loss.ts';
import { portable } from '../../src/engine/train/lower/portable/index.ts';
import { stepGraph } from '../../src/engine/train/step-graph.ts';
import { buildModel, type BuildNode } from './model-builder.ts';

/** Values by name, each with its shape. */
export type Values = Readonly<Record<string, readonly number[]>>;

export const elements = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

/** Normal numbers, the same ones at every call. */
export const normal = (dims: readonly number[], name: string, scale = 1, shift = 0): Float32Array => {
  const random = seededRandom(5, name);
  return Float32Array.from({ length: elements(dims) }, () => shift + scale * random.normal());
};

/**
 * A network whose outputs are its weights, so that the gradient by the weights is that by the outputs: `free` values with their shapes, then `nodes` on them. The input
 * `x`, [batch, …picture], has nothing to say.
 */
export function freeModel(free: Values, nodes: readonly BuildNode[], outputs: Values, picture: readonly number[] = [1]): Model {
  const [batch] = Object.values(free)[0]!;
  const shift = (name: string): BuildNode[] => [['Add', [`${name}/weight`, 'nothing'], [name]]];
  return buildModel({
    inputs: [{ name: 'x', shape: [batch!, ...picture] }],
    outputs: Object.entries(outputs).map(([name, shape]) => ({ name, shape })),
    nodes: [
      ['ReduceSum', ['x'], ['sum'], { keepdims: 0 }],
      ['Mul', ['sum', 'zero'], ['nothing']],
      ...Object.keys(free).flatMap(shift),
      ...nodes,
    ],
    initializers: {
      zero: Tensor.float32([], [0]),
      ...Object.fromEntries(Object.entries(free).map(([name, dims]) => [`${name}/weight`, Tensor.float32(dims, normal(dims, name))])),
    },
    opset: 21,
    irVersion: 10,
  });
}

export interface LossFound {
  readonly value: number;
  /** By free value; and by the loss's own weights. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
  /** The loss's own weights as they begin. */
  readonly own: Readonly<Record<string, Float32Array>>;
}

/** Value and gradients of a loss in ONNX Runtime. `brings`: labels, target and teacher's values, by the names of the step's inputs; `boxes` by row of the batch. */
export async function runLoss(model: Model, free: Values, loss: Loss, brings: Readonly<Record<string, { dims: readonly number[]; data: Float32Array }>>, boxes: Batch['boxes'] = []): Promise<LossFound> {
  let offset = 0;
  const parameters = Object.entries(free).map(([name, dims]) => {
    const size = elements(dims);
    offset += size;
    return { name: `${name}/weight`, dims, size, offset: offset - size, layer: name, decays: false };
  });
  const prefix = lossInputs.teacher('');
  const teacher: TeacherValues = new Map(
    Object.entries(brings).flatMap(([name, { dims }]) => {
      const value = name.slice(prefix.length);
      return name.startsWith(prefix) ? [[value, { name: value, type: { kind: 'tensor', elementType: DataType.float32, shape: dims } }]] : [];
    }),
  );
  const [batch] = Object.values(free)[0]!;
  const step = stepGraph(model, { batch: batch!, parameters, losses: [{ loss, weight: 1 }], teacher, lowering: portable, batchNormalization: 'frozen' });
  const flat = Float32Array.from([...parameters.flatMap(({ name }) => [...model.graph.initializers.get(name)!.toFloat64()]), ...step.lossWeights]);
  const { type } = model.graph.inputs[0]!;
  const dims = type?.kind === 'tensor' ? (type.shape ?? []).map(Number) : [];
  const x: RuntimeTensor = { type: DataType.float32, dims, data: new Float32Array(elements(dims)) };
  const feeds: Record<string, RuntimeTensor> = {
    ...batchFeeds('x', { samples: Array.from({ length: batch! }, (_, i) => i), input: x, boxes }, {}, step.feeds),
    parameters: { type: DataType.float32, dims: [flat.length], data: flat },
    ...Object.fromEntries(Object.entries(brings).map(([name, { dims, data }]) => [name, { type: DataType.float32, dims, data }])),
  };
  const runtime = await createOrtRuntime();
  const session = await runtime.load(encodeModel(step.model), { optimize: 'basic', threads: 1 });
  try {
    const results = await session.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => step.model.graph.isInput(name))));
    const gradients = results[step.names.gradients]!.data as Float32Array;
    const part = (all: Float32Array) => Object.fromEntries(step.parameters.map(({ name, layer, offset: from, size }) => [name.endsWith('/weight') ? layer : name, all.slice(from, from + size)]));
    return { value: Number(results[step.names.loss]!.data[0]), gradients: part(gradients), own: part(flat) };
  } finally {
    await session.dispose();
  }
} // prettier-ignore
