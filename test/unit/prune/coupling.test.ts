import { beforeAll, describe, expect, it } from 'vitest';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { removeChannels } from '../../../src/engine/prune/apply.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { buildGraph, buildModel, type BuildModel, type BuildNode } from '../../support/model-builder.ts';
import { randomTensor } from '../../support/odd-networks.ts';
import { compareCut } from '../../support/pruned.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const ints = (...values: number[]): Tensor => Tensor.int64([values.length], values);
const conv = (name: string, from: string, attributes: BuildNode[3] = {}): BuildNode => [
  'Conv',
  [from, `w_${name}`],
  [name],
  attributes,
  { name },
];

/** A network on pictures [1, 3, 4, 4]; weights by name and shape. */
function network(
  nodes: readonly BuildNode[],
  weights: Readonly<Record<string, readonly number[]>>,
  more: Partial<BuildModel> & { constants?: Readonly<Record<string, Tensor>> } = {},
) {
  const { constants = {}, ...rest } = more;
  const drawn = Object.fromEntries(Object.entries(weights).map(([name, dims]) => [name, randomTensor(name, dims)]));
  return buildModel({
    inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
    outputs: ['out'],
    nodes,
    initializers: { ...drawn, ...constants },
    ...rest,
  });
}

describe('channels that go together', () => {
  it('a shortcut without parameters: what is added to zeros makes a group of its own, and the pad shrinks on the right side', async () => {
    const model = network(
      [
        conv('stem', 'x'),
        ['Slice', ['stem', 'from', 'to', 'axes', 'steps'], ['halved']],
        ['Pad', ['halved', 'pads'], ['padded'], {}, { name: 'pad' }],
        conv('block', 'stem', { strides: [2, 2] }),
        ['Add', ['block', 'padded'], ['sum']],
        conv('out', 'sum'),
      ],
      { w_stem: [4, 3, 1, 1], w_block: [8, 4, 1, 1], w_out: [2, 8, 1, 1] },
      { constants: { from: ints(0, 0), to: ints(100, 100), axes: ints(2, 3), steps: ints(2, 2), pads: ints(0, 2, 0, 0, 0, 2, 0, 0) } },
    );
    const coupling = couplingOf(model);
    expect(coupling.groups.map(({ name, channels }) => [name, channels])).toEqual([
      ['stem', 4],
      ['block', 4],
    ]);
    const [stem, block] = coupling.groups;
    expect(stem!.makers.map(({ label }) => label)).toEqual(['stem', 'block']);
    expect(stem!.values.get('sum')!.places.map((places) => [...places])).toEqual([[2], [3], [4], [5]]);
    expect(block!.values.get('sum')!.places.map((places) => [...places])).toEqual([[0], [1], [6], [7]]);
    const cut = removeChannels(model, coupling, new Map([['block', [0, 1, 2]]]));
    expect(cut.graph.constant(cut.graph.nodeByLabel('pad')!.inputs[1]!)!.toIntegers()).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
    expect((await compareCut(runtime, model, 0.5)).worst).toBeLessThan(1e-6);
  });

  it('a shuffle: the same place of every part', () => {
    const model = network(
      [
        conv('stem', 'x'),
        ['Reshape', ['stem', 'spread'], ['parts']],
        ['Transpose', ['parts'], ['turned'], { perm: [0, 2, 1, 3, 4] }],
        ['Reshape', ['turned', 'back'], ['shuffled'], {}, { name: 'back' }],
        conv('out', 'shuffled'),
      ],
      { w_stem: [6, 3, 1, 1], w_out: [2, 6, 1, 1] },
      { constants: { spread: ints(1, 2, 3, 4, 4), back: ints(1, 6, 4, 4) } },
    );
    const [group, ...others] = couplingOf(model).groups;
    expect(others).toEqual([]);
    const rows = group!.slices.find(({ tensor }) => tensor === 'w_stem')!;
    const columns = group!.slices.find(({ tensor }) => tensor === 'w_out')!;
    expect(rows.places.map((places) => [...places])).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(columns.places.map((places) => [...places])).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect([rows.role, columns.role]).toEqual(['produces', 'consumes']);
  });

  it('a depthwise layer carries channels, a layer in groups loses the same place of each', () => {
    const model = network(
      [conv('stem', 'x'), conv('depth', 'stem', { group: 8 }), conv('grouped', 'depth', { group: 2 }), conv('out', 'grouped')],
      { w_stem: [8, 3, 1, 1], w_depth: [8, 1, 1, 1], w_grouped: [6, 4, 1, 1], w_out: [2, 6, 1, 1] },
    );
    const coupling = couplingOf(model);
    expect(coupling.groups.map(({ name, channels, readers }) => [name, channels, readers.map(({ label }) => label)])).toEqual([
      ['stem', 4, ['grouped']],
      ['grouped', 3, ['out']],
    ]);
    expect(coupling.groups[0]!.slices.find(({ tensor }) => tensor === 'w_depth')!.role).toBe('carries');
    const cut = removeChannels(model, coupling, new Map([['stem', [0]]]));
    expect(cut.graph.nodeByLabel('depth')!.int('group')).toBe(6);
    expect(cut.graph.nodeByLabel('grouped')!.int('group')).toBe(2);
  });

  it('whole heads of attention', async () => {
    const project = (name: string, perm: number[]): BuildNode[] => [
      ['MatMul', ['x', `w_${name}`], [`${name}_all`], {}, { name }],
      ['Reshape', [`${name}_all`, 'heads'], [`${name}_heads`]],
      ['Transpose', [`${name}_heads`], [`${name}_turned`], { perm }],
    ];
    const model = network(
      [
        ...project('query', [0, 2, 1, 3]),
        ...project('key', [0, 2, 3, 1]),
        ...project('value', [0, 2, 1, 3]),
        ['MatMul', ['query_turned', 'key_turned'], ['scores']],
        ['Softmax', ['scores'], ['shares']],
        ['MatMul', ['shares', 'value_turned'], ['mixed']],
        ['Transpose', ['mixed'], ['rows'], { perm: [0, 2, 1, 3] }],
        ['Reshape', ['rows', 'joined'], ['all']],
        ['MatMul', ['all', 'w_out'], ['out'], {}, { name: 'project' }],
      ],
      { w_query: [5, 12], w_key: [5, 12], w_value: [5, 12], w_out: [12, 5] },
      { inputs: [{ name: 'x', shape: ['N', 7, 5] }], constants: { heads: ints(0, 7, 4, 3), joined: ints(0, 7, 12) } },
    );
    const { coupling, cut, worst } = await compareCut(runtime, model, 0.5);
    expect(coupling.groups.map(({ channels, makers }) => [channels, makers.map(({ label }) => label)])).toEqual([
      [4, ['query', 'key', 'value']],
    ]);
    expect(cut.graph.initializers.get('w_out')!.dims).toEqual([6, 5]);
    expect(worst).toBeLessThan(1e-6);
  });

  it('each layer that is concatenated by itself, and two halves of a layer apart', () => {
    const model = network(
      [
        conv('left', 'x'),
        conv('right', 'x'),
        ['Concat', ['left', 'right'], ['both'], { axis: 1 }],
        conv('middle', 'both'),
        ['Split', ['middle', 'sizes'], ['a', 'b'], { axis: 1 }],
        conv('one', 'a'),
        conv('two', 'b'),
        ['Add', ['one', 'two'], ['out']],
      ],
      { w_left: [4, 3, 1, 1], w_right: [5, 3, 1, 1], w_middle: [6, 9, 1, 1], w_one: [2, 2, 1, 1], w_two: [2, 4, 1, 1] },
      { constants: { sizes: ints(2, 4) } },
    );
    expect(couplingOf(model).groups.map(({ name, channels }) => [name, channels])).toEqual([
      ['left', 4],
      ['right', 5],
      ['middle', 2],
      ['middle:2', 4],
    ]);
  });

  it('weights that two layers share', async () => {
    const model = network(
      [conv('one', 'x'), ['Conv', ['one', 'w_two'], ['two']], ['Conv', ['two', 'w_two'], ['three']], conv('out', 'three')],
      {
        w_one: [6, 3, 1, 1],
        w_two: [6, 6, 1, 1],
        w_out: [2, 6, 1, 1],
      },
    );
    const { coupling, worst } = await compareCut(runtime, model, 0.5);
    expect(coupling.groups.map(({ channels }) => channels)).toEqual([6]);
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('channels that stay', () => {
  const reasonOf = (
    nodes: readonly BuildNode[],
    weights: Readonly<Record<string, readonly number[]>>,
    more: Partial<BuildModel> = {},
  ): string[] => couplingOf(network(nodes, weights, more)).kept.map(({ name, reason }) => `${name} ${reason}`);

  it('says why', () => {
    expect(reasonOf([conv('out', 'x')], { w_out: [3, 3, 1, 1] })).toEqual(['out is an output of the model']);
    expect(
      reasonOf([conv('one', 'x'), ['Add', ['one', 'x'], ['sum'], {}, { name: 'add' }], conv('out', 'sum')], {
        w_one: [3, 3, 1, 1],
        w_out: [2, 3, 1, 1],
      }),
    ).toEqual(["one goes into Add 'add', which joins it with the model's input 'x'", 'out is an output of the model']);
    expect(reasonOf([conv('one', 'x'), conv('out', 'one')], { w_one: [1, 3, 1, 1], w_out: [2, 1, 1, 1] })[0]).toBe(
      'one is a single channel',
    );
    expect(
      reasonOf([conv('one', 'x'), ['TopK', ['one', 'k'], ['best', 'at'], { axis: 3 }, { name: 'top' }], conv('out', 'best')], {
        w_one: [4, 3, 1, 1],
        w_out: [2, 4, 1, 1],
      })[0],
    ).toContain("goes into TopK 'top', through which channels are not followed");
  });

  it('layers inside a sub-graph, and channels that it reads', () => {
    const body = buildGraph({
      name: 'body',
      outputs: ['inner'],
      nodes: [['Conv', ['one', 'w_inner'], ['inner'], {}, { name: 'inside' }]],
      initializers: { w_inner: randomTensor('inner', [2, 4, 1, 1]) },
    });
    const other = buildGraph({ name: 'other', outputs: ['same'], nodes: [['Identity', ['one'], ['same']]] });
    const kept = reasonOf(
      [conv('one', 'x'), ['If', ['yes'], ['out'], { then_branch: body, else_branch: other }, { name: 'choice' }]],
      { w_one: [4, 3, 1, 1] },
      {
        inputs: [
          { name: 'x', shape: [1, 3, 4, 4] },
          { name: 'yes', type: 'bool', shape: [] },
        ],
      },
    );
    expect(kept).toEqual(["one is read inside If 'choice'", "body/inside lies inside If 'choice'"]);
  });
});

describe('a removal', () => {
  const model = network([conv('one', 'x'), conv('out', 'one')], { w_one: [4, 3, 1, 1], w_out: [2, 4, 1, 1] });
  const coupling = couplingOf(model);

  it.each([
    ['an unknown group', 'other', [0], 'no such group'],
    ['a channel that is not there', 'one', [4], 'has no such channel; it has 4'],
    ['a channel twice', 'one', [1, 1], 'twice'],
    ['all channels', 'one', [0, 1, 2, 3], 'would lose all of its 4 channels'],
  ])('refuses %s', (_, group, channels, message) => {
    expect(() => removeChannels(model, coupling, new Map([[group, channels]]))).toThrow(message);
  });

  it('leaves the model it was given alone, and one without changes is the same', () => {
    const cut = removeChannels(model, coupling, new Map([['one', [1, 3]]]));
    expect(cut.graph.initializers.get('w_one')!.dims).toEqual([2, 3, 1, 1]);
    expect(model.graph.initializers.get('w_one')!.dims).toEqual([4, 3, 1, 1]);
    expect(removeChannels(model, coupling, new Map()).graph.initializers.get('w_one')).toBe(model.graph.initializers.get('w_one'));
  });
});
