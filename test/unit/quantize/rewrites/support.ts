import { plainContext } from '../../../../src/engine/base/context.ts';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import type { Dataset } from '../../../../src/engine/data/types.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../../src/engine/ops/infer.ts';
import { batchNormStatistics } from '../../../../src/engine/quantize/batch-norm-statistics.ts';
import { prepareModel } from '../../../../src/engine/quantize/prepare.ts';
import { rewriteModel, type Rewritten } from '../../../../src/engine/quantize/rewrites/index.ts';
import type { QuantizeSettings } from '../../../../src/engine/quantize/step.ts';
import { buildModel, type BuildNode } from '../../../support/model-builder.ts';
import { request, runtime } from '../support.ts';

export type Settings = Partial<Record<keyof QuantizeSettings, unknown>>;

/** Rewrites the model as the settings ask, in place. */
export async function rewrite(model: Model, different: Settings, dataset?: Dataset): Promise<Rewritten> {
  const wanted = request({ 'remove-dead': false, ...different });
  const batchNorm = batchNormStatistics(model);
  const dependencies = { runtime, context: plainContext(), ...(dataset ? { dataset } : {}) };
  const { forLayer } = await prepareModel(model, wanted, dependencies);
  return rewriteModel({ model, request: wanted, dependencies, shapes: inferShapes(model), forLayer, batchNorm });
}

/** Greatest difference of the outputs of two models on all pictures, as a share of the greatest output. */
export async function difference(before: Uint8Array, after: Uint8Array, dataset: Dataset): Promise<number> {
  const sessions = [];
  for (const bytes of [before, after]) sessions.push(await runtime.load(bytes, { optimize: 'none', threads: 1 }));
  let [worst, greatest] = [0, 0];
  for await (const { input } of dataset.stream({ signal: new AbortController().signal })) {
    const found: Float32Array[] = [];
    for (const session of sessions) {
      const results = await session.run({ [session.inputs[0]!.name]: { ...input, dims: [1, ...input.dims] } });
      found.push(results[session.outputs[0]!.name]!.data as Float32Array);
    }
    found[0]!.forEach((value, i) => {
      greatest = Math.max(greatest, Math.abs(value));
      worst = Math.max(worst, Math.abs(value - found[1]![i]!));
    });
  }
  for (const session of sessions) await session.dispose();
  return worst === 0 ? 0 : worst / greatest;
}

/** Channels of what a weight makes, by their largest weight: rows of the first axis. */
export function rowMaxima(model: Model, name: string): number[] {
  const { dims, ...tensor } = { dims: model.graph.constant(name)!.dims, values: model.graph.constant(name)!.toFloat64() };
  const length = tensor.values.length / dims[0]!;
  return Array.from({ length: dims[0]! }, (_, row) =>
    tensor.values.slice(row * length, (row + 1) * length).reduce((a, b) => Math.max(a, Math.abs(b)), 0),
  );
}

/** A random network of convolutions on [channels, 8, 8] with everything that scales can pass through, ending in a Gemm. */
export function randomNetwork(seed: number, channels: number): Model {
  const random = seededRandom(seed, 'network');
  const nodes: BuildNode[] = [];
  const initializers: Record<string, Tensor> = {};
  const tensor = (name: string, dims: number[], size: number, spread = 0): string => {
    const inner = dims.slice(1).reduce((a, b) => a * b, 1);
    const rows = Array.from({ length: dims[0]! }, () => size * Math.exp(spread * random.normal()));
    const values = Float32Array.from({ length: dims[0]! * inner }, (_, i) => rows[Math.floor(i / inner)]! * random.normal());
    initializers[name] = Tensor.float32(dims, values);
    return name;
  };
  let count = 0;
  const add = (op: string, inputs: string[], attributes: BuildNode[3] = {}): string => {
    const output = `v${count++}`;
    nodes.push([op, inputs, [output], attributes, { name: output }]);
    return output;
  };
  let [value, width, side] = ['x', channels, 8];
  const activate = (from: string): string => {
    const kind = random.integer(7);
    if (kind === 0) return from;
    if (kind === 1) return add('LeakyRelu', [from], { alpha: 0.1 });
    if (kind === 2) return add('PRelu', [from, tensor(`p${count}`, [width, 1, 1], 0.3)]);
    if (kind === 3) {
      initializers['zero'] = Tensor.float32([], [0]);
      initializers['six'] = Tensor.float32([], [6]);
      return add('Clip', [from, 'zero', 'six']);
    }
    return add('Relu', [from]);
  };
  const convolution = (outputs: number, kernel: number, group = 1): string => {
    const weight = tensor(`w${count}`, [outputs, width / group, kernel, kernel], 1 / Math.sqrt((width / group) * kernel ** 2), 1);
    const inputs = random.integer(4) === 0 ? [value, weight] : [value, weight, tensor(`b${count}`, [outputs], 0.5)];
    return add('Conv', inputs, { group, pads: Array<number>(4).fill(kernel >> 1) });
  };
  const layers = 4 + random.integer(5);
  for (let layer = 0; layer < layers; layer++) {
    const kind = random.integer(8);
    const before = value;
    if (kind === 0) value = activate(convolution(width, 3, width));
    else if (kind === 1) value = activate(convolution(width, 1, width % 2 === 0 ? 2 : 1));
    else if (kind === 2) {
      const made = activate(convolution(width, 3));
      value = add(random.integer(2) ? 'Add' : 'Sub', [made, before]);
      value = activate(value);
    } else if (kind === 3) {
      const weight = tensor(`t${count}`, [width, 4, 2, 2], 0.3, 1);
      value = add('ConvTranspose', [value, weight], { strides: [1, 1], pads: [1, 0, 0, 1] });
      [width, side] = [4, side];
      value = activate(value);
    } else if (kind === 4 && side >= 4) {
      value = add(random.integer(2) ? 'MaxPool' : 'AveragePool', [value], { kernel_shape: [2, 2], strides: [2, 2] });
      side >>= 1;
    } else {
      const outputs = 2 + 2 * random.integer(4);
      value = convolution(outputs, random.integer(2) ? 3 : 1);
      width = outputs;
      value = activate(value);
    }
  }
  if (random.integer(2)) {
    value = add('GlobalAveragePool', [value]);
    side = 1;
  }
  value = add('Flatten', [value]);
  const hidden = add('Gemm', [value, tensor('g1', [9, width * side * side], 0.3, 1), tensor('gb', [9], 0.3)], {
    transB: 1,
    alpha: 0.5,
    beta: 2.5,
  });
  value = add('Gemm', [add('Relu', [hidden]), tensor('g2', [9, 5], 0.3)], {});
  return buildModel({ inputs: [{ name: 'x', shape: ['N', channels, 8, 8] }], outputs: [value], nodes, initializers });
}
