import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import type { QuantizeResult } from '../../../src/engine/quantize/types.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { averageFactor, hardSigmoidFactor, roundedSlope } from '../../../src/engine/targets/zcu104/arithmetic.ts';
import { checkPositions } from '../../../src/engine/targets/zcu104/check-positions.ts';
import { operandFix, resultOf } from '../../../src/engine/targets/zcu104/fixes.ts';
import { biasShift, isWithin, shiftsOf } from '../../../src/engine/targets/zcu104/positions.ts';
import { simulate } from '../../../src/engine/targets/zcu104/simulate.ts';
import { dpuCodes } from '../../support/dpu-reference.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';
import { dependencies, noise, request, run, runtime, sqnr, weights } from '../quantize/support.ts';

const defaults = Object.fromEntries(
  Object.entries(findTarget('zcu104')!.settings['quantize']!).flatMap(([key, limit]) =>
    limit.default === undefined ? [] : [[key, limit.default]],
  ),
);
const forBoard = (model: Model, different: Record<string, unknown> = {}): Promise<QuantizeResult> => {
  const input = model.graph.inputs[0]!.type!;
  const shape = input.kind === 'tensor' ? (input.shape as number[]) : [];
  return quantizeStatic(model, request({ ...defaults, ...different }, {}, 'zcu104'), dependencies(shape.slice(1)));
};

/** A model on x [1, 4, 8, 8] whose weights are made as its nodes name them: "w8x4x3" is [8, 4, 3, 3], "b8" a bias, "c6" the number 6. */
function network(nodes: readonly BuildNode[], size = 0.3): Model {
  const initializers: Record<string, Tensor> = {};
  for (const name of nodes.flatMap(([, inputs]) => inputs)) {
    const [, kind, numbers = ''] = /^([wbc])([\dx.]+)$/.exec(name) ?? [];
    const [first = 1, second = 1, kernel = 1] = numbers.split('x').map(Number);
    if (kind === 'w') initializers[name] = weights(name, [first, second, kernel, kernel], size);
    if (kind === 'b') initializers[name] = weights(name, [first], size);
    if (kind === 'c') initializers[name] = Tensor.float32([], [first]);
  }
  return buildModel({ inputs: [{ name: 'x', shape: [1, 4, 8, 8] }], outputs: [{ name: 'y' }], initializers, nodes });
}

const conv = (from: string, to: string, w: string, b: string, more: Record<string, number | number[]> = {}): BuildNode => [
  'Conv',
  [from, w, b],
  [to],
  w.endsWith('x3') ? { pads: [1, 1, 1, 1], ...more } : more,
];

describe('constants of the DPU', () => {
  it.each([
    [3, 3, 0.984375],
    [5, 5, 0.9765625],
    [6, 6, 0.984375],
    [7, 7, 1.0048828125],
    [14, 14, 1.0048828125],
    [8, 8, 1],
    [2, 4, 1],
    [300, 300, 1],
  ])('the mean over %i×%i has the factor %f', (height, width, factor) => expect(averageFactor(height, width)).toBe(factor));

  it('other windows take the nearest m / 2^s', () => {
    // 1/10: no fraction with s up to 10 comes closer than 102/1024.
    expect(averageFactor(2, 5)).toBe((102 / 1024) * 10);
    expect(Math.abs(averageFactor(9, 9) - 1)).toBeLessThan(1 / 128);
  });

  it('slopes are 1/256 steps', () => expect([roundedSlope(0.1), roundedSlope(0.01)]).toEqual([26 / 256, 3 / 256]));
});

describe('shifts', () => {
  it('are compared with what the DPU can do', () => {
    const unit = { kind: 'multiply', input: 4, weights: 9, bias: 6, output: 3, leaky: false } as const;
    expect(shiftsOf(unit).map(({ constraint, value }) => [constraint, value])).toEqual([['shift_cut', 10], ['shift_bias', 7]]); // prettier-ignore
    expect(shiftsOf(unit).every(isWithin)).toBe(true);
    expect(shiftsOf({ ...unit, output: 14 }).filter((shift) => !isWithin(shift)).map(({ constraint, value }) => [constraint, value])).toEqual([['shift_cut', -1]]); // prettier-ignore
    expect(biasShift(10, false)).toEqual({ least: -6, greatest: 15 });
    expect(biasShift(10, true).least).toBe(0);
    expect(biasShift(16, false).least).toBe(0);
    expect(shiftsOf({ kind: 'add', inputs: [20, 2], output: 3 }).map(isWithin)).toEqual([false, true]);
    expect(shiftsOf({ kind: 'aligned', inputs: [3, 4], output: 3 }).map(isWithin)).toEqual([false]);
    expect(shiftsOf({ kind: 'hard-sigmoid', input: 4, output: 6 }).map(isWithin)).toEqual([true, false, true]);
  });
});

const nets: Record<string, () => Model> = {
  'residual block': () =>
    network([
      conv('x', 'a', 'w4x4x3', 'b4'),
      ['Relu', ['a'], ['r']],
      conv('r', 'c', 'w4x4x1', 'b4'),
      conv('x', 'x2', 'w4x4x2', 'b4', { pads: [0, 0, 1, 1] }),
      ['Add', ['c', 'x2'], ['s']],
      ['Relu', ['s'], ['y']],
    ]),
  'ReLU6 and depthwise': () =>
    network([conv('x', 'a', 'w8x4x3', 'b8', { strides: [2, 2] }), ['Clip', ['a', 'c0', 'c6'], ['r']], conv('r', 'd', 'w8x1x3', 'b8', { group: 8 }), ['Clip', ['d', 'c0', 'c6'], ['e']], conv('e', 'y', 'w4x8x1', 'b4')], 1.5), // prettier-ignore
  'leaky ReLU and MaxPool': () =>
    network([conv('x', 'a', 'w8x4x3', 'b8'), ['LeakyRelu', ['a'], ['l'], { alpha: 0.1 }], ['MaxPool', ['l'], ['m'], { kernel_shape: [2, 2], strides: [2, 2] }], conv('m', 'y', 'w4x8x1', 'b4')]), // prettier-ignore
  'large bias, small weights': () =>
    network(
      [conv('x', 'a', 'w4x4x1', 'b4', {}), ['Mul', ['a', 'c0.001'], ['t']], ['Relu', ['t'], ['r']], conv('r', 'y', 'w4x4x3', 'b4')],
      4,
    ),
  'no bias far from the sum': () => network([conv('x', 'a', 'w4x4x3', 'b4'), conv('a', 'y', 'w4x4x1', 'b4')], 1e-4),
};

describe('what is written for the DPU', () => {
  it.each(Object.keys(nets))('%s: every position can be shifted, and the simulation is the integers’', async (name) => {
    const { model } = await forBoard(nets[name]!());
    expect(checkPositions(model)).toEqual([]);
    const input = noise(256);
    const codes = dpuCodes(model, input, [4, 8, 8]);
    const { model: floats, warnings } = simulate(model);
    expect(warnings).toEqual([]);
    const last = model.graph.producer('y')!;
    const { position } = operandFix(model.graph, 'y')!;
    const expected = codes.get(model.graph.producer(last.inputs[0]!)!.inputs[0]!)!.data;
    for (const optimize of ['none', 'all'] as const) {
      const answer = await run(encodeModel(floats), [1, 4, 8, 8], input, optimize);
      expect(Array.from(answer, (x) => x * 2 ** position + 0)).toEqual(Array.from(expected));
    }
  });

  it('has one Q/DQ pair behind a convolution and its activation, int8 throughout, bias with a position of its own', async () => {
    const { model, notQuantized } = await forBoard(nets['leaky ReLU and MaxPool']!());
    const ops = model.graph.nodes.map(({ op }) => op).filter((op) => op !== 'DequantizeLinear');
    expect(ops).toEqual(['QuantizeLinear', 'Conv', 'LeakyRelu', 'QuantizeLinear', 'MaxPool', 'QuantizeLinear', 'Conv', 'QuantizeLinear']);
    const stored = model.graph.nodes.filter(({ op }) => op.endsWith('Linear')).map(({ inputs }) => model.graph.constant(inputs[2]!)!.type);
    expect(new Set(stored)).toEqual(new Set([DataType.int8]));
    expect(notQuantized).toEqual([]);
  });

  it('aligns Concat, pools and what moves elements', async () => {
    const model = network([conv('x', 'a', 'w4x4x3', 'b4'), ['Relu', ['a'], ['r']], conv('x', 'c', 'w4x4x1', 'b4'), ['Mul', ['c', 'c0.01'], ['small']], ['Concat', ['r', 'small'], ['j'], { axis: 1 }], ['AveragePool', ['j'], ['p'], { kernel_shape: [3, 3] }], conv('p', 'q', 'w8x8x1', 'b8'), ['GlobalAveragePool', ['q'], ['g']], ['Flatten', ['g'], ['y']]]); // prettier-ignore
    const reference = await run(encodeModel(model), [1, 4, 8, 8], noise(256), 'none');
    const { model: quantized, notes } = await forBoard(model);
    expect(checkPositions(quantized)).toEqual([]);
    expect(notes.join(' ')).toContain('factor 0.984375 of the mean over 3×3');
    expect(notes.join(' ')).toMatch(/factor .* of the mean over 6×6/);
    const { model: floats } = simulate(quantized);
    expect(sqnr(reference, await run(encodeModel(floats), [1, 4, 8, 8], noise(256), 'none'))).toBeGreaterThan(15);
  });

  it('writes hard sigmoids, hard swishes and squeeze-and-excite with positions the DPU can shift', async () => {
    const model = network([conv('x', 'a', 'w8x4x3', 'b8'), ['HardSwish', ['a'], ['h']], ['ReduceMean', ['h'], ['m'], { axes: [2, 3], keepdims: 1 }], conv('m', 'f', 'w8x8x1', 'b8'), ['Sigmoid', ['f'], ['s']], ['Mul', ['h', 's'], ['e']], conv('e', 'y', 'w4x8x1', 'b4')]); // prettier-ignore
    const { model: quantized, notes, notQuantized } = await forBoard(model);
    expect(checkPositions(quantized)).toEqual([]);
    expect(notes.join(' ')).toMatch(
      /HardSigmoid for Sigmoid.*HardSwish as a product.*GlobalAveragePool for ReduceMean.*HardSigmoid factor/,
    );
    expect(notes.join(' ')).toMatch(/leaves the outputs \d+\.\d dB from what they were/);
    expect(notQuantized).toEqual([]);
    const gates = quantized.graph.nodes.filter(({ op }) => op === 'HardSigmoid');
    expect(gates).toHaveLength(2);
    const swish = gates.find(({ outputs }) => outputs[0]!.includes('gate'))!;
    expect(resultOf(quantized.graph, swish).fix?.position).toBe(7);
    for (const gate of gates) expect(quantized.graph.users(gate.outputs[0]!).map(({ node }) => node.op)).toEqual(['Mul']);
    simulate(quantized);
  });

  it('leaves to the CPU what the DPU lacks, and says so', async () => {
    const model = network([conv('x', 'a', 'w8x4x3', 'b8'), ['LeakyRelu', ['a'], ['l'], { alpha: 0.3 }], conv('l', 'b', 'w4x8x1', 'b4'), ['Sigmoid', ['b'], ['y']]]); // prettier-ignore
    const { notQuantized, model: quantized } = await forBoard(model);
    expect(notQuantized.map(({ op, reason }) => [op, reason])).toEqual([
      ['LeakyRelu', 'the DPU has LeakyReLU with slope 26/256 only, not 0.3'],
      ['Sigmoid', 'the target has no integer kernel for Sigmoid'],
    ]);
    expect(checkPositions(quantized)).toEqual([]);
  });

  it('stays within the limits on random chains', async () => {
    const random = seededRandom(3, 'chains');
    for (let trial = 0; trial < 12; trial++) {
      const nodes: BuildNode[] = [];
      let value = 'x';
      let depth = 4;
      for (let layer = 0; layer < 4; layer++) {
        const channels = [4, 8][random.integer(2)]!;
        nodes.push(conv(value, `c${layer}_`, `w${channels}x${depth}x${[1, 3][random.integer(2)]}`, `b${channels}`));
        // Ranges that differ by powers of ten strain every shift.
        nodes.push(['Mul', [`c${layer}_`, `c${10 ** (random.integer(7) - 3)}`], [`m${layer}`]]);
        nodes.push(['Relu', [`m${layer}`], [`r${layer}`]]);
        if (layer % 2) nodes.push(['Add', [`r${layer}`, value === 'x' || depth !== channels ? `r${layer}` : value], [`s${layer}`]]);
        value = layer % 2 ? `s${layer}` : `r${layer}`;
        depth = channels;
      }
      nodes.push(['Identity', [value], ['y']]);
      const { model } = await forBoard(network(nodes, 10 ** (random.integer(5) - 2)), { round: 'nearest' });
      expect(checkPositions(model)).toEqual([]);
    }
  });
});

describe('checkPositions', () => {
  it('says which limit a foreign file breaks, and by how much', async () => {
    const { model } = await forBoard(nets['residual block']!());
    const weightsOf = model.graph.nodes.find(({ op }) => op === 'Conv')!.inputs[1]!;
    const scale = model.graph.producer(weightsOf)!.inputs[1]!;
    model.graph.initializers.set(scale, Tensor.float32([], [2 ** -30]));
    expect(checkPositions(model).map(({ constraint, message }) => `${constraint}: ${message}`)).toContainEqual(
      expect.stringMatching(/^shift_cut: shift_cut is \d+, \d+ too large: allowed are 0 to 16$/),
    );
    model.graph.initializers.set(scale, Tensor.float32([], [0.3]));
    expect(checkPositions(model).map(({ message }) => message)).toContainEqual(expect.stringContaining('is no power of two'));
    expect(() => simulate(model)).toThrow(/no power of two/);
  });
});

describe('the simulation', () => {
  it('rounds halves up, saturates at -128 and 127, and needs no more than one rounding', async () => {
    const fix = (value: string, to: string): BuildNode[] => [['QuantizeLinear', [value, 'scale', 'zero'], [`${to}_q`]], ['DequantizeLinear', [`${to}_q`, 'scale', 'zero'], [to]]]; // prettier-ignore
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 10] }],
      outputs: ['y'],
      initializers: { scale: Tensor.float32([], [0.25]), zero: Tensor.of(DataType.int8, [], Int8Array.of(0)) },
      nodes: fix('x', 'y'),
    });
    const values = Float32Array.of(-0.625, -0.375, -0.125, 0.125, 0.375, 0.12499999, -0.12500001, 100, -100, 0);
    const answer = await run(encodeModel(simulate(model).model), [1, 10], values, 'none');
    expect([...answer].map((x) => x * 4 + 0)).toEqual([-2, -1, 0, 1, 2, 0, -1, 127, -128, 0]);
  });

  it('cuts operands of an Add to two bits below the coarser one', async () => {
    const at = (name: string, position: number): Record<string, Tensor> => ({ [name]: Tensor.float32([], [2 ** -position]) });
    const model = buildModel({
      inputs: [
        { name: 'a', shape: [1, 2] },
        { name: 'b', shape: [1, 2] },
      ],
      outputs: ['y'],
      initializers: { ...at('s7', 7), ...at('s1', 1), ...at('s4', 4), zero: Tensor.of(DataType.int8, [], Int8Array.of(0)) },
      nodes: [
        ['QuantizeLinear', ['a', 's7', 'zero'], ['aq']],
        ['DequantizeLinear', ['aq', 's7', 'zero'], ['af']],
        ['QuantizeLinear', ['b', 's1', 'zero'], ['bq']],
        ['DequantizeLinear', ['bq', 's1', 'zero'], ['bf']],
        ['Add', ['af', 'bf'], ['s']],
        ['QuantizeLinear', ['s', 's4', 'zero'], ['yq']],
        ['DequantizeLinear', ['yq', 's4', 'zero'], ['y']],
      ],
    });
    const session = await runtime.load(encodeModel(simulate(model).model), { optimize: 'none', threads: 1 });
    const input = (...values: number[]) => ({ type: DataType.float32, dims: [1, 2], data: Float32Array.from(values) });
    const { y } = await session.run({ a: input(0.1171875, -0.0078125), b: input(0.5, 0.5) });
    await session.dispose();
    // 15/128 is cut to 0/8 before it is added, -1/128 to -1/8; without the cut they would be 10/16 and 8/16.
    expect([...(y!.data as Float32Array)]).toEqual([0.5, 0.375]);
  });

  it('leaves hard sigmoids of the DPU exact', () => expect(hardSigmoidFactor).toBe(16386 / 16384));
});
