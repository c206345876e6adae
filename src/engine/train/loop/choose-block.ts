import type { Logger } from '../../base/context.ts';
import { LatheError } from '../../base/errors.ts';
import { seededRandom, type Random } from '../../base/random.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import { attributes, Graph, Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { Attributes } from '../../ops/gradient/rule.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { probeBlock } from '../lower/blocked/probe.ts';
import { portable } from '../lower/portable/index.ts';
import { flatten, parametersOf } from '../parameters.ts';
import { stepGraph } from '../step-graph.ts';
import { euclideanNorm } from './gradients.ts';

/** Relative distance of two gradients in float32 that may come from another order of sums. */
const tolerance = 1e-3;
const [batch, side, classes] = [16, 12, 4];

/**
 * Block of the blocked layout that training steps are written for: undefined, and so the portable form, where ONNX Runtime has no such layout here, or where a small network
 * does not get the same gradients in both forms.
 */
export function chooseBlock(runtime: Runtime, logger: Logger): Promise<number | undefined> {
  const known = chosen.get(runtime) ?? choose(runtime, logger);
  chosen.set(runtime, known);
  return known;
}

/** A runtime answers the same each time: it is asked once. */
const chosen = new WeakMap<Runtime, Promise<number | undefined>>();

async function choose(runtime: Runtime, logger: Logger): Promise<number | undefined> {
  const block = await probeBlock(runtime);
  if (block === undefined) return undefined;
  try {
    const [expected, found] = [await gradientsOf(runtime), await gradientsOf(runtime, block)];
    const distance = distanceOf(expected, found);
    if (distance <= tolerance) return block;
    logger.debug('the blocked form of training steps computes something else here', { block, distance });
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    logger.debug('the blocked form of training steps does not run here', { block, reason: error.message });
  }
  return undefined;
}

/** Of a small network with all that the blocked form has rules of its own for. */
async function gradientsOf(runtime: Runtime, block?: number): Promise<Float32Array> {
  const model = probeNetwork();
  const parameters = parametersOf(model);
  const step = stepGraph(model, {
    batch,
    parameters,
    losses: [{ loss: crossEntropy(), weight: 1 }],
    lowering: portable,
    ...(block === undefined ? {} : { block }),
    batchNormalization: 'training',
  });
  const random = seededRandom(1, 'probe pictures');
  const labels = new Float32Array(batch * classes);
  for (let row = 0; row < batch; row++) labels[row * classes + (row % classes)] = 1;
  const flat = flatten(model.graph, parameters);
  const session = await runtime.load(encodeModel(step.model), { optimize: 'basic', threads: 1, unplannedMemory: true });
  try {
    const feeds = {
      x: { type: DataType.float32, dims: [batch, 3, side, side], data: normal(batch * 3 * side * side, 1, random) },
      labels: { type: DataType.float32, dims: [batch, classes], data: labels },
      [step.names.parameters]: { type: DataType.float32, dims: [flat.length], data: flat },
    };
    return (await session.run(feeds, [step.names.gradients]))[step.names.gradients]!.data as Float32Array;
  } finally {
    await session.dispose();
  }
}

/** Convolutions with stride, of groups, depthwise and of widths that are no multiple of a block; batch normalization, a sum, both kinds of pooling. */
function probeNetwork(): Model {
  const graph = new Graph();
  const random = seededRandom(2, 'probe weights');
  const weight = (name: string, dims: readonly number[], around = 0): string => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const scale = Math.sqrt((dims[0] ?? 1) / size);
    graph.initializers.set(
      name,
      Tensor.float32(
        dims,
        normal(size, scale, random).map((value) => value + around),
      ),
    );
    return name;
  };
  const add = (op: string, name: string, inputs: readonly string[], values: Attributes = {}): string => {
    graph.add(new Node(name, op, inputs, [name], attributes(values)));
    return name;
  };
  const conv = (name: string, x: string, dims: readonly number[], stride: number, group = 1): string => {
    const convolved = add('Conv', `${name}/conv`, [x, weight(`${name}/weight`, dims)], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      strides: [stride, stride],
      group,
    });
    const width = [dims[0]!];
    const norm = ['scale', 'shift', 'mean', 'variance'].map((part, i) => weight(`${name}/${part}`, width, i % 3 === 0 ? 3 : 0));
    return add('Relu', name, [add('BatchNormalization', `${name}/norm`, [convolved, ...norm])]);
  };
  const first = conv('first', 'x', [20, 3, 3, 3], 1);
  const sum = add('Add', 'sum', [conv('second', first, [20, 20, 3, 3], 1), first]);
  const deep = conv('deep', sum, [20, 1, 3, 3], 2, 20);
  const last = conv('last', deep, [32, 20, 3, 3], 2);
  const pooled = add('MaxPool', 'pooled', [last], { kernel_shape: [2, 2], pads: [0, 0, 1, 1], strides: [1, 1] });
  add('Gemm', 'logits', [add('Flatten', 'flat', [add('GlobalAveragePool', 'mean', [pooled])]), weight('head', [classes, 32])], {
    transB: 1,
  });
  graph.name = 'probe';
  graph.inputs = [{ name: 'x', type: { kind: 'tensor', elementType: DataType.float32, shape: [1, 3, side, side] } }];
  graph.outputs = [{ name: 'logits', type: { kind: 'tensor', elementType: DataType.float32 } }];
  const model = new Model(graph);
  model.irVersion = 10;
  model.opsets.set('', 21);
  return model;
}

const normal = (size: number, scale: number, random: Random): Float32Array =>
  Float32Array.from({ length: size }, () => scale * random.normal());

function distanceOf(a: Float32Array, b: Float32Array): number {
  const difference = a.map((value, i) => value - b[i]!);
  return euclideanNorm(difference) / euclideanNorm(a);
}
