import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { findRecord, operators } from '../../../src/engine/ops/index.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';

/** A node between DequantizeLinear and QuantizeLinear: shapes of its activations, its int8 weights, its float or integer settings. */
interface Layer {
  readonly op: string;
  readonly activations: readonly (readonly number[])[];
  readonly weights?: readonly (readonly number[])[];
  readonly settings?: Readonly<Record<string, Tensor>>;
  readonly attributes?: BuildNode[3];
  /** Names of the inputs in order, where it isn't activations, weights, settings. */
  readonly order?: readonly string[];
}

const folder = mkdtempSync(path.join(tmpdir(), 'lathe-roles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scale = Tensor.float32([], [0.05]);
const zero = Tensor.of(DataType.uint8, [], Uint8Array.of(128));
const signedZero = Tensor.of(DataType.int8, [], Int8Array.of(0));
const ints = (...values: number[]): Tensor => Tensor.int64([values.length], values);

function qdqModel(layer: Layer): ReturnType<typeof buildModel> {
  const nodes: BuildNode[] = [];
  const initializers: Record<string, Tensor> = { scale, zero, signedZero, ...layer.settings };
  layer.activations.forEach((_, i) => {
    nodes.push(['QuantizeLinear', [`x${i}`, 'scale', 'zero'], [`q${i}`]], ['DequantizeLinear', [`q${i}`, 'scale', 'zero'], [`a${i}`]]);
  });
  (layer.weights ?? []).forEach((dims, i) => {
    initializers[`k${i}`] = Tensor.of(DataType.int8, dims, new Int8Array(dims.reduce((a, b) => a * b, 1)).fill(3));
    nodes.push(['DequantizeLinear', [`k${i}`, 'scale', 'signedZero'], [`w${i}`]]);
  });
  const order = layer.order ?? [
    ...layer.activations.map((_, i) => `a${i}`),
    ...(layer.weights ?? []).map((_, i) => `w${i}`),
    ...Object.keys(layer.settings ?? {}),
  ];
  nodes.push([layer.op, order, ['r'], layer.attributes ?? {}], ['QuantizeLinear', ['r', 'scale', 'zero'], ['rq']], ['DequantizeLinear', ['rq', 'scale', 'zero'], ['y']]);
  return buildModel({ inputs: layer.activations.map((shape, i) => ({ name: `x${i}`, shape })), outputs: ['y'], nodes, initializers });
} // prettier-ignore

/** Whether ONNX Runtime leaves the node in float: it still reads what a DequantizeLinear makes. */
async function staysFloat(layer: Layer): Promise<boolean> {
  const file = path.join(folder, `${layer.op}.onnx`);
  const session = await InferenceSession.create(encodeModel(qdqModel(layer)), {
    graphOptimizationLevel: 'all',
    optimizedModelFilePath: file,
    logSeverityLevel: 4,
  });
  await session.release();
  const { graph } = decodeModel(readFileSync(file), file);
  return graph.nodes.some(
    (node) => node.op !== 'QuantizeLinear' && node.inputs.some((input) => graph.producer(input)?.op === 'DequantizeLinear'),
  );
}

const map = [1, 4, 8, 8] as const;
const layers: readonly Layer[] = [
  { op: 'Conv', activations: [map], weights: [[4, 4, 3, 3]] },
  { op: 'Gemm', activations: [[2, 8]], weights: [[8, 4]] },
  { op: 'MatMul', activations: [[2, 8]], weights: [[8, 4]] },
  { op: 'ConvTranspose', activations: [map], weights: [[4, 4, 3, 3]] },
  { op: 'Add', activations: [map, map] },
  { op: 'Mul', activations: [map, map] },
  { op: 'Sub', activations: [map, map] },
  { op: 'Div', activations: [map, map] },
  { op: 'Max', activations: [map, map] },
  { op: 'Min', activations: [map, map] },
  { op: 'Sum', activations: [map, map, map] },
  { op: 'Mean', activations: [map, map] },
  { op: 'Concat', activations: [map, map], attributes: { axis: 1 } },
  { op: 'Where', activations: [map, map], settings: { condition: Tensor.of(DataType.bool, [1], Uint8Array.of(1)) }, order: ['condition', 'a0', 'a1'] },
  { op: 'AveragePool', activations: [map], attributes: { kernel_shape: [2, 2] } },
  { op: 'MaxPool', activations: [map], attributes: { kernel_shape: [2, 2] } },
  { op: 'LpPool', activations: [map], attributes: { kernel_shape: [2, 2] } },
  ...['GlobalAveragePool', 'GlobalMaxPool', 'Sigmoid', 'LeakyRelu', 'Tanh', 'HardSigmoid', 'HardSwish', 'Elu', 'Softplus', 'Relu', 'Exp', 'Sqrt', 'Erf', 'ReduceMean', 'LogSoftmax', 'Softmax', 'Identity', 'Flatten', 'Transpose'].map((op) => ({ op, activations: [map] })),
  { op: 'PRelu', activations: [map], weights: [[4, 1, 1]] },
  { op: 'InstanceNormalization', activations: [map], weights: [[4], [4]] },
  { op: 'LayerNormalization', activations: [map], weights: [[8]] },
  { op: 'Reshape', activations: [map], settings: { to: ints(1, -1) } },
  { op: 'Squeeze', activations: [map], settings: { axes: ints(0) } },
  { op: 'Unsqueeze', activations: [map], settings: { axes: ints(0) } },
  { op: 'Slice', activations: [map], settings: { starts: ints(0), ends: ints(2), axes: ints(2) } },
  { op: 'Split', activations: [map], attributes: { axis: 1 } },
  { op: 'Gather', activations: [map], settings: { at: ints(0, 1) }, attributes: { axis: 2 } },
  { op: 'GatherElements', activations: [[4]], settings: { at: ints(0, 1) } },
  { op: 'GatherND', activations: [[4, 4]], settings: { at: ints(0) } },
  { op: 'Expand', activations: [[1, 4, 1, 1]], settings: { to: ints(1, 4, 3, 3) } },
  { op: 'Tile', activations: [map], settings: { times: ints(1, 1, 2, 2) } },
  { op: 'Pad', activations: [map], settings: { pads: ints(0, 0, 1, 1, 0, 0, 1, 1) } },
  { op: 'Resize', activations: [map], settings: { scales: Tensor.float32([4], [1, 1, 2, 2]) }, order: ['a0', '', 'scales'] },
  { op: 'DepthToSpace', activations: [map], attributes: { blocksize: 2 } },
  { op: 'SpaceToDepth', activations: [map], attributes: { blocksize: 2 } },
]; // prettier-ignore

/** Only move elements, so that float or integer is the same, yet run in float: no selector of ONNX Runtime knows them. */
const movedInFloat = new Set(['Pad', 'SpaceToDepth']);
/** Has an integer kernel that is not used by default. */
const leftFloat = new Set(['Softmax']);

describe('roles are what ONNX Runtime does with a node between DequantizeLinear and QuantizeLinear', () => {
  it.each(layers.map((layer) => [layer.op, layer] as const))('%s', async (op, layer) => {
    const role = findRecord('', op, 17)?.quantize;
    expect(role, op).toBeDefined();
    const expected =
      role!.kind === 'float' ? !leftFloat.has(op) : role!.kind === 'clamp' || movedInFloat.has(op) || (role!.kind === 'compute' && role!.noIntegerKernel !== undefined);
    expect(await staysFloat(layer)).toBe(expected);
  }); // prettier-ignore

  it('covers every operator with an integer role', () => {
    const tested = new Set(layers.map((layer) => layer.op));
    const roles = operators.filter(
      ({ domain = '', until, quantize }) => domain === '' && until === undefined && quantize && quantize.kind !== 'float',
    );
    // Dropout is Identity when it runs; Clip is a Relu with bounds.
    expect(roles.map(({ op }) => op).filter((op) => !tested.has(op))).toEqual(['Clip', 'Dropout']);
  });
});
