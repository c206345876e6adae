import { beforeAll, describe, expect, it } from 'vitest';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import type { Link, Seam } from '../../../src/engine/chain/link.ts';
import { chainStages, stageModel } from '../../../src/engine/chain/stages.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Node, type Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';
import { buildModel } from '../../support/model-builder.ts';

let runtime: Runtime;
beforeAll(async () => void (runtime = await createOrtRuntime()));

/** A convolution of three channels with a bias, small numbers. */
const layer = (seed: number): Model =>
  buildModel({
    opset: 18,
    inputs: [{ name: 'x', shape: ['N', 3, 8, 8] }],
    outputs: [{ name: 'y', shape: ['N', 3, 8, 8] }],
    initializers: {
      w: Tensor.float32(
        [3, 3, 3, 3],
        Float32Array.from({ length: 81 }, (_, i) => Math.sin(seed * 100 + i) / 4),
      ),
    },
    nodes: [['Conv', ['x', 'w'], ['y'], { pads: [1, 1, 1, 1] }, { name: 'conv' }]],
  });

const joining = (): Model =>
  buildModel({
    opset: 18,
    inputs: [
      { name: 'a', shape: ['N', 3, 8, 8] },
      { name: 'b', shape: ['N', 3, 8, 8] },
    ],
    outputs: [{ name: 'sum', shape: ['N', 3, 8, 8] }],
    nodes: [['Add', ['a', 'b'], ['sum'], {}, { name: 'add' }]],
  });

const from = (alias: string, more: Partial<Seam> = {}, value = 'y'): Seam => ({ from: { alias, value }, ...more });
const link = (alias: string, model: Model, seams: Link['seams'] = {}): Link => ({ alias, model, seams, color: 'rgb' });

/** Rounds a value where it stands, as a quantized model does. */
function quantized(whole: Model, value: string, type: 'uint8' | 'int8' = 'uint8'): void {
  const { graph } = whole;
  const zero = type === 'uint8' ? Tensor.of(DataType.uint8, [], Uint8Array.of(128)) : Tensor.of(DataType.int8, [], Int8Array.of(3));
  graph.initializers.set(`${value}_scale`, Tensor.float32([], [0.02]));
  graph.initializers.set(`${value}_zero`, zero);
  const [q, dq] = [`${value}_quantized`, `${value}_dequantized`];
  graph.replaceUses(value, dq);
  graph.add(new Node(`${value}_QuantizeLinear`, 'QuantizeLinear', [value, `${value}_scale`, `${value}_zero`], [q]));
  graph.add(new Node(`${value}_DequantizeLinear`, 'DequantizeLinear', [q, `${value}_scale`, `${value}_zero`], [dq]));
  graph.sort();
}

interface Case {
  readonly name: string;
  readonly links: () => Link[];
  readonly change?: (whole: Model) => void;
  readonly after: readonly (readonly number[])[];
  /** Types of what comes into each stage. */
  readonly types: readonly (readonly (keyof typeof DataType)[])[];
}

const cases: readonly Case[] = [
  {
    name: 'two in a row',
    links: () => [link('first', layer(1)), link('second', layer(2), { x: from('first') })],
    after: [[], [0]],
    types: [['float32'], ['float32']],
  },
  {
    name: 'with conversions between them, which go with the second',
    links: () => [link('first', layer(1)), link('second', layer(2), { x: from('first', { scale: 2, mean: [0.1], color: 'bgr' }) })],
    after: [[], [0]],
    types: [['float32'], ['float32']],
  },
  {
    name: 'rounded: integers go across',
    links: () => [link('first', layer(1)), link('second', layer(2), { x: from('first') })],
    change: (whole) => quantized(whole, 'first:y'),
    after: [[], [0]],
    types: [['float32'], ['uint8']],
  },
  {
    name: 'rounded, and the picture too, which both prepare for themselves',
    links: () => [
      link('first', layer(1)),
      link('second', layer(2), { x: from('first', {}, 'x') }),
      link('third', joining(), { a: from('first'), b: from('second') }),
    ],
    change: (whole) => {
      quantized(whole, whole.graph.inputs[0]!.name);
      quantized(whole, 'first:y', 'int8');
    },
    after: [[], [], [0, 1]],
    types: [['float32'], ['float32'], ['int8', 'float32']],
  },
  {
    name: 'side by side on the same converted picture',
    links: () => [
      link('zero', layer(0)),
      link('left', layer(1), { x: from('zero', { scale: 3 }) }),
      link('right', layer(2), { x: from('left', { color: 'bgr' }, 'x') }),
      link('join', joining(), { a: from('left'), b: from('right') }),
    ],
    after: [[], [0], [0], [1, 2]],
    types: [['float32'], ['float32'], ['float32'], ['float32', 'float32']],
  },
  {
    name: 'over the head of the one between',
    links: () => [
      link('first', layer(1)),
      link('second', layer(2), { x: from('first') }),
      link('third', joining(), { a: from('first'), b: from('second') }),
    ],
    after: [[], [0], [0, 1]],
    types: [['float32'], ['float32'], ['float32', 'float32']],
  },
];

describe('stages of a chain', () => {
  it.each(cases)('$name: run one by one they give what the whole gives, bit for bit', async ({ links, change, after, types }) => {
    const { model: whole, composition } = composeChain(links());
    change?.(whole);
    const stages = chainStages(whole, composition);
    expect(stages.map(({ after: waits }) => waits)).toEqual(after);
    const input: RuntimeTensor = {
      type: DataType.float32,
      dims: [1, 3, 8, 8],
      data: Float32Array.from({ length: 192 }, (_, i) => Math.cos(i)),
    };
    const known: Record<string, RuntimeTensor> = { [whole.graph.requiredInputs[0]!.name]: input };
    const expected = await run(whole, known);
    for (const [at, stage] of stages.entries()) {
      const model = stageModel(whole, stage);
      expect(model.graph.nodes.filter(({ op }) => op === 'Identity')).toEqual([]);
      const feeds = Object.fromEntries(stage.inputs.map(({ value }) => [value, known[value]!]));
      expect(Object.values(feeds).map(({ type }) => type)).toEqual(types[at]!.map((type) => DataType[type]));
      Object.assign(known, await run(model, feeds));
    }
    for (const { name } of whole.graph.outputs) expect(known[name]!.data).toEqual(expected[name]!.data);
  });
});

async function run(model: Model, feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>> {
  const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}
