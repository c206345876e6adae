import { expect, it } from 'vitest';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { dpuRefusals } from '../../../src/engine/targets/zcu104/verdict/refusal.ts';
import { buildModel } from '../../support/model-builder.ts';

type Attributes = Record<string, number | number[] | string>;

function refusal(
  op: string,
  shape: readonly number[],
  second: readonly number[] | undefined,
  attributes: Attributes = {},
): string | undefined {
  const constant = second && op !== 'Add' && op !== 'Mul';
  const model = buildModel({
    inputs: [{ name: 'x', shape }, ...(second && !constant ? [{ name: 'w', shape: second }] : [])],
    outputs: ['y'],
    initializers: constant ? { w: Tensor.float32(second, new Float32Array(second.reduce((a, b) => a * b, 1))) } : {},
    nodes: [[op, second ? ['x', 'w'] : ['x'], ['y'], attributes]],
  });
  return dpuRefusals(inferShapes(model))([...model.graph.nodes][0]!);
}

it.each([
  ['a convolution', 'Conv', [1, 16, 8, 8], [32, 16, 3, 3], { pads: [1, 1, 1, 1] }, undefined],
  ['a convolution in one dimension', 'Conv', [1, 16, 8], [32, 16, 3], {}, /two dimensions, not 1/],
  ['a kernel of 17', 'Conv', [1, 4, 32, 32], [4, 4, 17, 1], {}, /kernel of 17×1 is larger than 16/],
  ['a stride of 9', 'Conv', [1, 4, 32, 32], [4, 4, 3, 3], { strides: [9, 9] }, /stride of 9/],
  // 7 * 7 * ceil(672 / 16) = 2058 words in a bank of 2048; 656 channels fit.
  ['7×7 over 672 channels', 'Conv', [1, 672, 8, 8], [4, 672, 7, 7], {}, /2058 words of weights, more than 2048/],
  ['7×7 over 656 channels', 'Conv', [1, 656, 8, 8], [4, 656, 7, 7], {}, undefined],
  ['4097 channels', 'Gemm', [1, 4097], [4097, 10], {}, /4097 channels/],
  ['pads beyond the kernel', 'Conv', [1, 4, 8, 8], [4, 4, 3, 3], { pads: [4, 1, 1, 1] }, /pads \[4, 1, 1, 1\]/],
  [
    'a depthwise convolution dilated unevenly',
    'Conv',
    [1, 4, 8, 8],
    [4, 1, 3, 3],
    { group: 4, dilations: [1, 2] },
    /alike in both directions/,
  ],
  ['a transposed convolution', 'ConvTranspose', [1, 4, 8, 8], [4, 8, 2, 2], { strides: [2, 2] }, undefined],
  ['output_padding', 'ConvTranspose', [1, 4, 8, 8], [4, 8, 3, 3], { strides: [2, 2], output_padding: [1, 1] }, /no output_padding/],
  ['a pool', 'MaxPool', [1, 4, 8, 8], undefined, { kernel_shape: [3, 3] }, undefined],
  ['a pool in three dimensions', 'MaxPool', [1, 4, 8, 8, 8], undefined, { kernel_shape: [2, 2, 2] }, /not 3/],
  ['reflected pads', 'Pad', [1, 4, 8, 8], undefined, { mode: 'reflect' }, /mode reflect/],
  ['operands of one shape', 'Add', [1, 4, 8, 8], [1, 4, 8, 8], {}, undefined],
  ['an Add that repeats an operand', 'Add', [1, 4, 8, 8], [1, 4, 1, 1], {}, /one shape only/],
  ['a factor a channel', 'Mul', [1, 4, 8, 8], [1, 4, 1, 1], {}, undefined],
  ['a factor a row', 'Mul', [1, 4, 8, 8], [1, 1, 8, 1], {}, /one factor a channel/],
] as const)('the DPU: %s', (_, op, shape, second, attributes, expected) => {
  const found = refusal(op, shape, second, attributes as Attributes);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(expected);
});
