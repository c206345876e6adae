import { expect, it } from 'vitest';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { buildModel } from '../../support/model-builder.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';

it('keeps named dimensions through a chain', () => {
  const model = buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 'H', 32] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w'], ['a'], { pads: [1, 1, 1, 1] }],
      ['Relu', ['a'], ['b']],
      ['GlobalAveragePool', ['b'], ['c']],
      ['Shape', ['c'], ['s']],
      ['Gather', ['s', 'zero'], ['n']],
      ['Unsqueeze', ['n', 'axes'], ['n1']],
      ['Concat', ['n1', 'rest'], ['t'], { axis: 0 }],
      ['Reshape', ['c', 't'], ['y']],
    ],
    initializers: {
      w: Tensor.float32([8, 3, 3, 3], new Float32Array(216)),
      zero: Tensor.int64([], [0]),
      axes: Tensor.int64([1], [0]),
      rest: Tensor.int64([1], [-1]),
    },
  });
  const shapes = inferShapes(model);
  expect(shapes.of('a')?.shape).toEqual(['N', 8, 'H', 32]);
  expect(shapes.of('t')?.elements).toEqual(['N', -1]);
  expect(shapes.of('y')?.shape).toEqual(['N', 8]);
  const bound = inferShapes(model, { bind: { x: [2, 3, 16, 32] } });
  expect(bound.of('y')?.shape).toEqual([2, 8]);
});
