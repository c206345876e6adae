import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { classify } from '../../../src/engine/quantize/classify.ts';
import { groupValues } from '../../../src/engine/quantize/groups.ts';
import { place, type Placement } from '../../../src/engine/quantize/placement.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { buildModel, type BuildModel } from '../../support/model-builder.ts';
import { settings, weights } from './support.ts';

const kernel = { w: weights('w', [3, 3, 1, 1]), v: weights('v', [3, 3, 1, 1]) };
const model = (parts: Pick<BuildModel, 'nodes'> & Partial<BuildModel>): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
    outputs: ['y'],
    ...parts,
    initializers: { ...kernel, ...parts.initializers },
  });

function placed(from: Model, melt = true): Placement {
  const shapes = inferShapes(from);
  const integerOperators = new Set(findTarget('cpu')!.integerOperators);
  const forLayer = () => ({ settings: settings() });
  return place(from.graph, (node) => classify(node, { model: from, graph: from.graph, shapes, forLayer, integerOperators }), melt);
}
const kinds = ({ integerNodes }: Placement): string[] => integerNodes.map(({ node }) => node.op);
const reasonOf = ({ notQuantized }: Placement, op: string): string | undefined => notQuantized.find((entry) => entry.op === op)?.reason;

describe('placement', () => {
  it('quantizes behind the ReLU, not between', () => {
    const relu = model({ nodes: [['Conv', ['x', 'w'], ['c']], ['Relu', ['c'], ['r']], ['Conv', ['r', 'v'], ['y']]] }); // prettier-ignore
    expect(placed(relu).values).toEqual(['x', 'r', 'y']);
    expect(placed(relu).bounds.get('r')).toEqual({ low: 0, high: Infinity });
    expect(placed(relu, false).values).toEqual(['x', 'c', 'r', 'y']);
  });

  it('quantizes between where somebody else reads the convolution too, or where it is an output', () => {
    const branch = model({
      nodes: [['Conv', ['x', 'w'], ['c']], ['Relu', ['c'], ['r']], ['Conv', ['r', 'v'], ['d']], ['Add', ['c', 'd'], ['y']]], // prettier-ignore
    });
    expect(placed(branch).values).toEqual(['x', 'c', 'r', 'd', 'y']);
    const output = model({ outputs: ['c', 'y'], nodes: [['Conv', ['x', 'w'], ['c']], ['Relu', ['c'], ['y']]] }); // prettier-ignore
    expect(placed(output).values).toEqual(['x', 'c']);
  });

  it('melts a Clip only where it begins at zero', () => {
    const clip = (low: number): Placement =>
      placed(
        model({
          nodes: [['Conv', ['x', 'w'], ['c']], ['Clip', ['c', 'low', 'high'], ['y']]], // prettier-ignore
          initializers: { low: Tensor.float32([], [low]), high: Tensor.float32([], [6]) },
        }),
      );
    expect(clip(0).values).toEqual(['x', 'y']);
    expect(clip(0).bounds.get('y')).toEqual({ low: 0, high: 6 });
    expect(clip(-1).values).toEqual(['x', 'c']);
  });

  it('carries integers through nodes that move elements, with one scheme', () => {
    const found = placed(
      model({
        nodes: [
          ['Transpose', ['x'], ['t'], { perm: [0, 1, 3, 2] }],
          ['Conv', ['t', 'w'], ['c']],
          ['MaxPool', ['c'], ['p'], { kernel_shape: [2, 2] }],
          ['Flatten', ['p'], ['f']],
          ['Softmax', ['f'], ['y']],
        ],
      }),
    );
    expect(kinds(found)).toEqual(['Transpose', 'Conv', 'MaxPool', 'Flatten']);
    expect(found.tied.map((set) => [...set].sort())).toEqual([['t', 'x'], ['c', 'f', 'p']]); // prettier-ignore
    expect(reasonOf(found, 'Softmax')).toContain('left float');
  });

  it('adds on integers what comes from integers, and leaves the rest in float', () => {
    const skip = model({ nodes: [['Conv', ['x', 'w'], ['c']], ['Add', ['c', 'x'], ['y']]] }); // prettier-ignore
    expect(kinds(placed(skip))).toEqual(['Conv']);
    expect(reasonOf(placed(skip), 'Add')).toBe('its operands do not come from integer kernels');
    const gate = model({
      nodes: [
        ['Conv', ['x', 'w'], ['c']],
        ['GlobalAveragePool', ['c'], ['g']],
        ['HardSigmoid', ['g'], ['h']],
        ['Mul', ['c', 'h'], ['y']],
      ],
    });
    expect(kinds(placed(gate))).toEqual(['Conv', 'GlobalAveragePool', 'Mul']);
  });

  it('leaves a Gelu to be fused in float', () => {
    const gelu = model({
      nodes: [
        ['Conv', ['x', 'w'], ['c']],
        ['Div', ['c', 'root'], ['d']],
        ['Erf', ['d'], ['e']],
        ['Add', ['e', 'one'], ['a']],
        ['Mul', ['c', 'a'], ['m']],
        ['Mul', ['m', 'half'], ['n']],
        ['Conv', ['n', 'v'], ['y']],
      ],
      initializers: { root: Tensor.float32([], [Math.SQRT2]), one: Tensor.float32([], [1]), half: Tensor.float32([], [0.5]) },
    });
    expect(kinds(placed(gelu))).toEqual(['Conv', 'Conv']);
    expect(placed(gelu).values).toEqual(['x', 'c', 'n', 'y']);
  });

  it('joins on integers for integer readers only', () => {
    const inside = (last: string): Placement =>
      placed(
        model({
          nodes: [
            ['Conv', ['x', 'w'], ['a']],
            ['Conv', ['x', 'v'], ['b']],
            ['Concat', ['a', 'b'], ['j'], { axis: 1 }],
            [last, ['j'], ['y']],
          ],
        }),
      );
    expect(kinds(inside('GlobalAveragePool'))).toEqual(['Conv', 'Conv', 'Concat', 'GlobalAveragePool']);
    expect(kinds(inside('Softmax'))).toEqual(['Conv', 'Conv']);
  });
});

describe('groupValues', () => {
  const concat = model({
    nodes: [
      ['Conv', ['x', 'w'], ['a']],
      ['Conv', ['x', 'v'], ['b']],
      ['Concat', ['a', 'b'], ['j'], { axis: 1 }],
      ['Conv', ['j', 'z'], ['y']],
    ],
    initializers: { z: weights('z', [1, 6, 1, 1]) },
  });
  const grouped = (ranges: Record<string, readonly [number, number]>, sameFormat: (a: string, b: string) => boolean = () => true) =>
    groupValues(placed(concat), (value) => ({ low: ranges[value]![0], high: ranges[value]![1] }), sameFormat);

  it('shares a Concat’s scheme where nobody loses more than a bit', () => {
    const groups = grouped({ x: [0, 1], a: [-1, 1], b: [-1, 0.5], j: [-1, 1], y: [0, 1] });
    expect(groups.get('a')).toBe(groups.get('j'));
    expect(groups.get('b')).toBe(groups.get('j'));
    expect(groups.get('x')).not.toBe(groups.get('j'));
  });

  it('keeps inputs of another width apart', () => {
    const groups = grouped({ x: [0, 1], a: [-1, 1], b: [-1, 1], j: [-1, 1], y: [0, 1] }, (one) => one !== 'a');
    expect(groups.get('a')!.values).toEqual(['a']);
    expect(groups.get('b')).toBe(groups.get('j'));
  });

  it('gives an input of a far smaller range its own', () => {
    const groups = grouped({ x: [0, 1], a: [-100, 100], b: [-1, 1], j: [-100, 100], y: [0, 1] });
    expect(groups.get('a')).toBe(groups.get('j'));
    expect(groups.get('b')!.range).toEqual({ low: -1, high: 1 });
  });
});
