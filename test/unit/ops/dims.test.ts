import { expect, it } from 'vitest';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import {
  addDims,
  broadcastDims,
  commonShape,
  mergeDims,
  mergeShapes,
  multiplyDims,
  productOf,
  subtractDims,
} from '../../../src/engine/ops/shape/dims.ts';
import { buildModel } from '../../support/model-builder.ts';

it('adds, subtracts and multiplies names only where the result is a name or certain', () => {
  expect([addDims(2, 3), addDims('n', 0), addDims(0, 'n'), addDims('n', 1), addDims(null, 0)]).toEqual([5, 'n', 'n', null, null]);
  expect([subtractDims(5, 3), subtractDims('n', 0), subtractDims('n', 'n'), subtractDims('n', 'm'), subtractDims(null, null)]).toEqual([
    2,
    'n',
    0,
    null,
    null,
  ]);
  expect([
    multiplyDims(2, 3),
    multiplyDims('n', 1),
    multiplyDims(1, 'n'),
    multiplyDims('n', 2),
    multiplyDims('n', 0),
    multiplyDims(0, null),
  ]).toEqual([6, 'n', 'n', null, 0, 0]);
  expect([productOf([]), productOf([2, 3]), productOf([2, 'n']), productOf(['n', 0, null])]).toEqual([1, 6, null, 0]);
});

it('merges what two sources say of a dimension', () => {
  expect([mergeDims(2, 2), mergeDims(2, null), mergeDims(null, 'n'), mergeDims('n', 2), mergeDims(2, 'n'), mergeDims('n', 'm')]).toEqual([
    2,
    2,
    'n',
    2,
    2,
    'n',
  ]);
  expect(mergeDims(2, 3)).toBeUndefined();
  expect(mergeShapes([null, 3], ['n', null])).toEqual(['n', 3]);
  expect(mergeShapes([1], [1, 2])).toBeUndefined();
  expect(commonShape([1, 'n', 3], [1, 'n', 4])).toEqual([1, 'n', null]);
});

it('broadcasts a free dimension only where every size of it gives the same', () => {
  expect([broadcastDims(1, 'n'), broadcastDims('n', 1), broadcastDims('n', 'n'), broadcastDims('n', 4), broadcastDims(4, null)]).toEqual([
    'n',
    'n',
    'n',
    4,
    4,
  ]);
  expect([broadcastDims('n', 'm'), broadcastDims(null, 'n')]).toEqual([null, null]);
  expect(broadcastDims(2, 3)).toBeUndefined();
});

it('takes a zero of a Reshape for a size with allowzero, else for a copy', () => {
  const reshaped = (allowzero: number, shape: readonly number[]) =>
    inferShapes(
      buildModel({
        inputs: [{ name: 'x', shape }],
        outputs: ['y'],
        nodes: [['Reshape', ['x', 'to'], ['y'], { allowzero }]],
        initializers: { to: Tensor.int64([2], [4, 0]) },
      }),
    ).of('y')?.shape;
  expect(reshaped(1, [0, 7])).toEqual([4, 0]);
  expect(reshaped(0, [4, 7])).toEqual([4, 7]);
  expect(() => reshaped(0, [0, 7])).toThrow(/elements/);
});

it('compares a named size with numbers only as far as every size gives the same answer', () => {
  const equal = (value: number, first: boolean) =>
    inferShapes(
      buildModel({
        inputs: [{ name: 'x', shape: ['N'] }],
        outputs: ['y'],
        nodes: [
          ['Shape', ['x'], ['s']],
          ['Equal', first ? ['s', 'v'] : ['v', 's'], ['y']],
        ],
        initializers: { v: Tensor.int64([1], [value]) },
      }),
    ).of('y')?.elements;
  expect([equal(-1, true), equal(-1, false)]).toEqual([[0], [0]]);
  expect([equal(3, true), equal(3, false)]).toEqual([[null], [null]]);
});
