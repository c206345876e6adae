import { Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { DataType, dataTypeName } from '../../../src/engine/onnx/data-type.ts';
import type { Graph } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { buildGraph, buildModel, type BuildModel } from '../../support/model-builder.ts';
import { produce } from '../../support/ort-shapes.ts';

const ones = (dims: readonly number[]): OrtTensor =>
  new OrtTensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);
const truth = new OrtTensor('bool', Uint8Array.of(1), []);
const ints = (values: readonly number[]): Tensor => Tensor.int64([values.length], values);
const index = (value: number): Tensor => Tensor.int64([], [value]);
const flag = Tensor.of(DataType.bool, [], Uint8Array.of(1));

/** Runs the model and compares every output that is asked for; returns what was inferred. */
async function agrees(parts: BuildModel, feeds: Record<string, OrtTensor>): Promise<ReturnType<typeof inferShapes>> {
  const model = buildModel(parts);
  const shapes = inferShapes(model);
  const real = await produce(model, feeds);
  expect(real.size).toBeGreaterThan(0);
  for (const [name, { type, dims }] of real) {
    const found = shapes.of(name);
    expect(dataTypeName(found?.type ?? 0), name).toBe(type);
    if (!found?.shape) continue;
    expect(found.shape.length, name).toBe(dims.length);
    found.shape.forEach((dim, axis) => typeof dim === 'number' && expect(dim, `${name} axis ${axis}`).toBe(dims[axis]));
  }
  return shapes;
}

const x = { name: 'x', shape: [2, 3] } as const;

describe('If', () => {
  const branches = (yes: readonly number[], no: readonly number[]) => ({
    then_branch: buildGraph({ outputs: ['a'], nodes: [['Reshape', ['x', 'to'], ['a']]], initializers: { to: ints(yes) } }),
    else_branch: buildGraph({ outputs: ['b'], nodes: [['Reshape', ['x', 'to'], ['b']]], initializers: { to: ints(no) } }),
  });
  const model = (yes: readonly number[], no: readonly number[]): BuildModel => ({
    inputs: [x, { name: 'c', type: 'bool', shape: [] }],
    outputs: ['y'],
    nodes: [['If', ['c'], ['y'], branches(yes, no)]],
  });

  it('keeps what both branches agree on', async () => {
    const shapes = await agrees(model([6, 1], [6, 1]), { x: ones([2, 3]), c: truth });
    expect(shapes.of('y')?.shape).toEqual([6, 1]);
    const mixed = await agrees(model([6, 1], [3, 2]), { x: ones([2, 3]), c: truth });
    expect(mixed.of('y')?.shape).toEqual([null, null]);
    const ranks = await agrees(model([6], [3, 2]), { x: ones([2, 3]), c: truth });
    expect(ranks.of('y')?.shape).toBeUndefined();
  });

  it('takes the branch of a constant condition', async () => {
    const shapes = await agrees(
      { inputs: [x], outputs: ['y'], nodes: [['If', ['c'], ['y'], branches([6], [3, 2])]], initializers: { c: flag } },
      { x: ones([2, 3]) },
    );
    expect(shapes.of('y')?.shape).toEqual([6]);
  });
});

it('an If follows the branch that fits where the other one contradicts itself, and refuses two of them', async () => {
  const fits = buildGraph({ outputs: ['a'], nodes: [['Transpose', ['x'], ['a']]] });
  const wrong = (name: string) =>
    buildGraph({ outputs: [name], nodes: [['Reshape', ['x', 'to'], [name]]], initializers: { to: ints([5]) } });
  const model = (yes: Graph): BuildModel => ({
    inputs: [x, { name: 'c', type: 'bool', shape: [] }],
    outputs: ['y'],
    nodes: [['If', ['c'], ['y'], { then_branch: yes, else_branch: wrong('b') }]],
  });
  const shapes = await agrees(model(fits), { x: ones([2, 3]), c: truth });
  expect(shapes.of('y')?.shape).toEqual([3, 2]);
  expect(() => inferShapes(buildModel(model(wrong('w'))))).toThrow(/cannot turn \[2,3\]/);
});

describe('Loop', () => {
  const body = (grows: boolean) =>
    buildGraph({
      inputs: [
        { name: 'i', type: 'int64', shape: [] },
        { name: 'go', type: 'bool', shape: [] },
        { name: 's', type: 'float32' },
      ],
      outputs: ['again', 'next', 'each'],
      nodes: [
        ['Identity', ['go'], ['again']],
        grows ? ['Concat', ['s', 'x'], ['next'], { axis: 0 }] : ['Add', ['s', 'x'], ['next']],
        ['Transpose', ['x'], ['each']],
      ],
    });

  it('counts its rounds and keeps steady state', async () => {
    const parts = (grows: boolean): BuildModel => ({
      inputs: [x],
      outputs: ['last', 'all'],
      nodes: [['Loop', ['n', 'go', 'x'], ['last', 'all'], { body: body(grows) }]],
      initializers: { n: index(4), go: flag },
    });
    const steady = await agrees(parts(false), { x: ones([2, 3]) });
    expect(steady.of('last')?.shape).toEqual([2, 3]);
    expect(steady.of('all')?.shape).toEqual([4, 3, 2]);
    const growing = await agrees(parts(true), { x: ones([2, 3]) });
    expect(growing.of('last')?.shape).toEqual([null, 3]);
  });

  it('does not claim a number of rounds that a condition may cut short', async () => {
    const stopping = buildGraph({
      inputs: [
        { name: 'i', type: 'int64', shape: [] },
        { name: 'go', type: 'bool', shape: [] },
      ],
      outputs: ['again', 'each'],
      nodes: [
        ['Less', ['i', 'limit'], ['again']],
        ['Identity', ['x'], ['each']],
      ],
      initializers: { limit: index(1) },
    });
    const shapes = await agrees(
      { inputs: [x], outputs: ['all'], nodes: [['Loop', ['n', ''], ['all'], { body: stopping }]], initializers: { n: index(9) } },
      { x: ones([2, 3]) },
    );
    expect(shapes.of('all')?.shape?.slice(1)).toEqual([2, 3]);
    expect(typeof shapes.of('all')?.shape?.[0]).not.toBe('number');
  });
});

it('cuts and stacks along the axes of a Scan', async () => {
  const body = buildGraph({
    inputs: [
      { name: 's', shape: [2] },
      { name: 'column', shape: [2] },
    ],
    outputs: [
      { name: 'sum', shape: [2] },
      { name: 'row', shape: [2] },
    ],
    nodes: [
      ['Add', ['s', 'column'], ['sum']],
      ['Identity', ['sum'], ['row']],
    ],
  });
  const shapes = await agrees(
    {
      inputs: [{ name: 'start', shape: [2] }, { name: 'x', shape: [2, 'L'] }],
      outputs: ['last', 'all'],
      nodes: [['Scan', ['start', 'x'], ['last', 'all'], { body, num_scan_inputs: 1, scan_input_axes: [1], scan_output_axes: [-1] }]],
    },
    { start: ones([2]), x: ones([2, 5]) },
  ); // prettier-ignore
  expect(shapes.of('last')?.shape).toEqual([2]);
  expect(shapes.of('all')?.shape).toEqual([2, 'L']);
});

describe('sequences and optionals', () => {
  it('follows the elements of a sequence', async () => {
    const shapes = await agrees(
      {
        inputs: [x, { name: 'z', shape: [5, 3] }],
        outputs: ['one', 'joined', 'count', 'stacked', 'first'],
        nodes: [
          ['SequenceConstruct', ['x', 'z'], ['pair']],
          ['SequenceInsert', ['pair', 'x'], ['three']],
          ['SequenceErase', ['three', 'zero'], ['two']],
          ['SequenceAt', ['two', 'zero'], ['one']],
          ['ConcatFromSequence', ['three'], ['joined'], { axis: 0 }],
          ['SequenceLength', ['three'], ['count']],
          ['SequenceConstruct', ['x', 'x'], ['twins']],
          ['ConcatFromSequence', ['twins'], ['stacked'], { axis: 1, new_axis: 1 }],
          ['SequenceEmpty', [], ['none']],
          ['SequenceInsert', ['none', 'x'], ['some']],
          ['SequenceAt', ['some', 'zero'], ['first']],
        ],
        initializers: { zero: index(0) },
      },
      { x: ones([2, 3]), z: ones([5, 3]) },
    );
    expect(shapes.of('pair')).toMatchObject({ container: 'sequence', shape: [null, 3] });
    expect(shapes.of('one')?.shape).toEqual([null, 3]);
    expect(shapes.of('joined')?.shape).toEqual([null, 3]);
    expect(shapes.of('stacked')?.shape).toEqual([2, null, 3]);
  });

  it.each([
    { split: undefined, keepdims: 1, shape: [1, 3] },
    { split: undefined, keepdims: 0, shape: [3] },
    { split: index(2), keepdims: 1, shape: [2, 3] },
    { split: index(3), keepdims: 1, shape: [null, 3] },
    { split: ints([2, 2]), keepdims: 1, shape: [2, 3] },
    { split: ints([1, 3]), keepdims: 1, shape: [null, 3] },
  ])('cuts a tensor into a sequence %#', async ({ split, keepdims, shape }) => {
    const shapes = await agrees(
      {
        inputs: [{ name: 'x', shape: [4, 3] }],
        outputs: ['part'],
        nodes: [
          ['SplitToSequence', split ? ['x', 'split'] : ['x'], ['parts'], { axis: 0, keepdims }],
          ['SequenceAt', ['parts', 'zero'], ['part']],
        ],
        initializers: { zero: index(0), ...(split && { split }) },
      },
      { x: ones([4, 3]) },
    );
    expect(shapes.of('part')?.shape).toEqual(shape);
  });

  it('maps a graph over a sequence', async () => {
    const body = buildGraph({
      inputs: [{ name: 'e', shape: [2, 3] }],
      outputs: [{ name: 't', shape: [3, 2] }],
      nodes: [['Transpose', ['e'], ['t']]],
    });
    const shapes = await agrees(
      {
        inputs: [x],
        outputs: ['y'],
        nodes: [
          ['SequenceConstruct', ['x', 'x'], ['pair']],
          ['SequenceMap', ['pair'], ['turned'], { body }],
          ['SequenceAt', ['turned', 'zero'], ['y']],
        ],
        initializers: { zero: index(0) },
      },
      { x: ones([2, 3]) },
    );
    expect(shapes.of('y')?.shape).toEqual([3, 2]);
  });

  it('opens an optional', async () => {
    const shapes = await agrees(
      {
        opset: 18,
        inputs: [x],
        outputs: ['y', 'there'],
        nodes: [
          ['Optional', ['x'], ['maybe']],
          ['OptionalHasElement', ['maybe'], ['there']],
          ['OptionalGetElement', ['maybe'], ['y']],
        ],
      },
      { x: ones([2, 3]) },
    );
    expect(shapes.of('y')).toEqual({ type: DataType.float32, shape: [2, 3] });
  });
});
