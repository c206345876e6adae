import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { weights } from '../quantize/support.ts';

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** Two residual blocks, the second with a convolution beside it, a branch that joins late, and two outputs of different size. */
export function branches(): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['n', 3, 8, 8] }],
    outputs: ['scores', 'map'],
    initializers: {
      w1: weights('w1', [4, 3, 3, 3]),
      b1: weights('b1', [4]),
      w2: weights('w2', [4, 4, 3, 3]),
      w3: weights('w3', [4, 4, 3, 3]),
      w4: weights('w4', [4, 4, 1, 1]),
      w5: weights('w5', [4, 4, 3, 3]),
      w6: weights('w6', [5, 8]),
    },
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c1'], same, { name: 'first' }],
      ['Relu', ['c1'], ['r1']],
      ['Conv', ['r1', 'w2'], ['c2'], same, { name: 'inner' }],
      ['Add', ['c2', 'r1'], ['a1']],
      ['Relu', ['a1'], ['r2']],
      ['Conv', ['r2', 'w3'], ['c3'], same, { name: 'long' }],
      ['Conv', ['r1', 'w4'], ['side'], {}, { name: 'beside' }],
      ['Add', ['c3', 'side'], ['a2']],
      ['Relu', ['a2'], ['r3']],
      ['Conv', ['r3', 'w5'], ['map'], same, { name: 'mapper' }],
      ['Concat', ['r3', 'r1'], ['joined'], { axis: 1 }],
      ['GlobalAveragePool', ['joined'], ['p']],
      ['Flatten', ['p'], ['f']],
      ['Gemm', ['f', 'w6'], ['scores'], { transB: 1, alpha: 0.5 }, { name: 'last' }],
    ],
  });
}

/** A chain of matrix products; `spoilt` has one huge weight in a corner, so that one scale for the tensor leaves the rest at zero. */
export function chain(): Model {
  const spoilt = weights('m2', [6, 6]).toFloat32().slice();
  spoilt[0] = 100;
  const others = Tensor.float32([6, 6], [1, 0, 0, 0, 0, 0, ...new Array<number>(30).fill(0)]);
  const shifted = weights('m1', [6, 6]).toFloat32().slice();
  // Nothing ever comes through the column that the huge weight reads.
  for (let row = 0; row < 6; row++) shifted[row * 6] = 0;
  return buildModel({
    inputs: [{ name: 'x', shape: ['n', 6] }],
    outputs: [{ name: 'y', shape: ['n', 6] }],
    initializers: { m1: Tensor.float32([6, 6], shifted), m2: Tensor.float32([6, 6], spoilt), m3: weights('m3', [6, 6]), others },
    nodes: [
      ['MatMul', ['x', 'm1'], ['h1'], {}, { name: 'plain' }],
      ['Relu', ['h1'], ['g1']],
      ['MatMul', ['g1', 'm2'], ['h2'], {}, { name: 'spoilt' }],
      ['Relu', ['h2'], ['g2']],
      ['MatMul', ['g2', 'm3'], ['y'], {}, { name: 'end' }],
    ],
  });
}

/** A convolution whose answer an If doubles or not: the inner graph reads a value of the outer one. */
export function conditional(): Model {
  const branch = (factor: number) =>
    buildGraph({
      outputs: ['out'],
      initializers: { factor: Tensor.float32([], [factor]) },
      nodes: [['Mul', ['r1', 'factor'], ['out']]],
    });
  return buildModel({
    inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
    outputs: ['y'],
    initializers: { w1: weights('w1', [4, 3, 3, 3]), w2: weights('w2', [4, 4, 3, 3]), zero: Tensor.float32([], [0]) },
    nodes: [
      ['Conv', ['x', 'w1'], ['c1'], same, { name: 'first' }],
      ['Relu', ['c1'], ['r1']],
      ['ReduceMean', ['x'], ['m'], { keepdims: 0 }],
      ['Greater', ['m', 'zero'], ['positive']],
      ['If', ['positive'], ['chosen'], { then_branch: branch(2), else_branch: branch(1) }],
      ['Conv', ['chosen', 'w2'], ['c2'], same, { name: 'second' }],
      ['Add', ['c2', 'r1'], ['y']],
    ],
  });
}
