import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { decodeXir } from '../../../src/engine/xir/codec.ts';
import { exportXmodel } from '../../../src/engine/targets/zcu104/xmodel/export.ts';
import { compileForTests, xirBytes, type CompiledFor } from '../compiled-xmodel.ts';
import { buildModel, type BuildNode } from '../model-builder.ts';

const fixed = (value: string): BuildNode[] => [
  ['QuantizeLinear', [value, 'scale', 'zero'], [`${value}_q`], {}, { name: `${value}_quantize` }],
  ['DequantizeLinear', [`${value}_q`, 'scale', 'zero'], [`${value}_d`], {}, { name: `${value}_dequantize` }],
];
const codes = (dims: number[]): Tensor =>
  Tensor.of(
    DataType.int8,
    dims,
    Int8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => (i % 21) - 10),
  );

/** Two convolutions for the DPU, every scale 1/16, with names as exporters of PyTorch give them. */
const model = buildModel({
  inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
  outputs: [{ name: 'y' }],
  initializers: {
    scale: Tensor.float32([], [1 / 16]),
    zero: Tensor.of(DataType.int8, [], Int8Array.of(0)),
    w1: codes([4, 3, 3, 3]),
    w2: codes([5, 4, 1, 1]),
  },
  nodes: [
    ...fixed('x'),
    ['DequantizeLinear', ['w1', 'scale', 'zero'], ['w1_d'], {}, { name: 'weights 1' }],
    ['Conv', ['x_d', 'w1_d'], ['a'], { pads: [1, 1, 1, 1] }, { name: '/features/0/Conv' }],
    ['Relu', ['a'], ['r'], {}, { name: '/features/1/Relu' }],
    ...fixed('r'),
    ['DequantizeLinear', ['w2', 'scale', 'zero'], ['w2_d'], {}, { name: 'weights 2' }],
    ['Conv', ['r_d', 'w2_d'], ['c'], {}, { name: '/head/Conv' }],
    ['QuantizeLinear', ['c', 'scale', 'zero'], ['c_q'], {}, { name: 'c_quantize' }],
    ['DequantizeLinear', ['c_q', 'scale', 'zero'], ['y'], {}, { name: 'c_dequantize' }],
  ],
});

export const quantizedOnnx = (): Uint8Array => encodeModel(model);

/** What a compiler makes of it, for this DPU. */
export const compiledXmodel = (how: CompiledFor): Uint8Array => xirBytes(compileForTests(exportXmodel(model, 'net').graph, how));

export const quantizedXmodel = (): Uint8Array => xirBytes(exportXmodel(model, 'net').graph);

export const opsOf = (bytes: Uint8Array): string[] => decodeXir(bytes).ops.map(({ name }) => name);
