import { expect, it } from 'vitest';
import { applyFixes, findFixes } from '../../../src/engine/fit/apply.ts';
import { fixes } from '../../../src/engine/fit/index.ts';
import { floatAttribute, type Model } from '../../../src/engine/onnx/graph.ts';
import { b4096 } from '../../../src/engine/targets/zcu104/verdict/architecture.ts';
import { FitWriter } from '../../support/fit-cases.ts';

const x = { x: [1, 4, 6, 6] };
const sixth = floatAttribute(Math.fround(1 / 6));
const half = floatAttribute(0.5);

/** Models in which a pattern almost fits, and the fixes that must not be found. */
const misses: readonly (readonly [name: string, unwanted: readonly string[], build: (w: FitWriter) => Model])[] = [
  ['a normalization of what another output shows', ['fold-constants'], (w) => {
    const made = w.conv('x', 4, 5);
    return w.model(x, [w.op('Mul', [made, w.floats([5, 1, 1])]), made]);
  }],
  ['a shift before a convolution that pads', ['fold-constants'], (w) => w.model(x, [w.conv(w.op('Add', ['x', w.number(1)]), 4, 5)])],
  ['one number a column, as many as channels', ['fold-constants', 'arithmetic-as-convolution'], (w) =>
    w.model({ x: [1, 4, 6, 5] }, [w.op('Add', [w.conv('x', 4, 5), w.floats([5])])])],
  ['a constant divided by a map', ['fold-constants', 'divide-to-multiply'], (w) => w.model(x, [w.op('Div', [w.number(2), w.conv('x', 4, 5)])])],
  ['a division by zero', ['fold-constants', 'divide-to-multiply'], (w) => w.model(x, [w.op('Div', [w.conv('x', 4, 5), w.number(0)])])],
  ['weights that would be infinite', ['fold-constants'], (w) =>
    w.model(x, [w.op('Mul', [w.op('Conv', ['x', w.floats([5, 4, 1, 1], () => 3e38)]), w.number(100)])])],
  ['training', ['batch-norm-order'], (w) => {
    const made = w.many('BatchNormalization', ['x', w.floats([4]), w.floats([4]), w.floats([4]), w.floats([4], () => 1)], 3, { training_mode: 1 });
    return w.model(x, [made[0]!]);
  }],
  ['the difference of two shapes', ['subtract-as-add'], (w) => w.model(x, [w.op('Sub', ['x', w.op('GlobalAveragePool', ['x'])])])],
  ['a Clip from below 0', ['rectifier'], (w) => w.model(x, [w.clip('x', -0.1, undefined)])],
  ['ReLU6 itself', ['clip-to-relu6', 'clip-near-6', 'rectifier', 'written-clip'], (w) => w.model(x, [w.clip('x', 0, 6)])],
  ['an upper bound of 8', ['clip-near-6'], (w) => w.model(x, [w.clip('x', 0, 8)])],
  ['bounds the wrong way round', ['clip-to-relu6'], (w) => w.model(x, [w.clip('x', 3, 1)])],
  ['the slope of the DPU', ['leaky-relu-slope', 'leaky-relu-parts'], (w) =>
    w.model(x, [w.op('LeakyRelu', [w.conv('x', 4, 5)], { alpha: floatAttribute(26 / 256) })])],
  ['a slope that no rounding explains', ['leaky-relu-slope'], (w) =>
    w.model(x, [w.op('LeakyRelu', [w.conv('x', 4, 5)], { alpha: floatAttribute(0.3) })])],
  ['LeakyReLU behind a depthwise convolution', ['leaky-relu-slope'], (w) =>
    w.model(x, [w.op('LeakyRelu', [w.conv('x', 4, 4, { group: 4 })], { alpha: floatAttribute(0.1) })])],
  ['a slope that is computed', ['leaky-relu-parts', 'leaky-relu-slope'], (w) => w.model({ ...x, s: [4, 1, 1] }, [w.op('PRelu', ['x', 's'])])],
  ['a hard sigmoid with another shift', ['hard-sigmoid-pattern'], (w) =>
    w.model(x, [w.op('Div', [w.clip(w.op('Add', ['x', w.number(2.9)]), 0, 6), w.number(6)])])],
  ['a hard sigmoid divided by 5', ['hard-sigmoid-pattern'], (w) =>
    w.model(x, [w.op('Div', [w.clip(w.op('Add', ['x', w.number(3)]), 0, 6), w.number(5)])])],
  ['6 divided by it', ['hard-sigmoid-pattern'], (w) =>
    w.model(x, [w.op('Div', [w.number(6), w.clip(w.op('Add', ['x', w.number(3)]), 0, 6)])])],
  ['a gate of something else', ['hard-swish-pattern'], (w) =>
    w.model(x, [w.op('Mul', ['x', w.op('HardSigmoid', [w.conv('x', 4, 4)], { alpha: sixth, beta: half })])])],
  ['a gate that another layer reads', ['hard-swish-pattern', 'swish-to-hard-swish'], (w) => {
    const [hard, soft] = [w.op('HardSigmoid', ['x'], { alpha: sixth, beta: half }), w.op('Sigmoid', ['x'])];
    return w.model(x, [w.op('Mul', ['x', hard]), w.op('Relu', [hard]), w.op('Mul', ['x', soft]), w.op('Relu', [soft])]);
  }],
  ['the hard sigmoid of the DPU', ['hard-sigmoid-parameters'], (w) => w.model(x, [w.op('HardSigmoid', ['x'], { alpha: sixth, beta: half })])],
  ['a Sigmoid that only leads to the output', ['sigmoid-to-hard-sigmoid'], (w) => w.model(x, [w.op('Mul', [w.op('Sigmoid', [w.conv('x', 4, 5)]), w.number(2)])])],
  ['a mean over channels', ['mean-to-global-pool'], (w) => w.model(x, [w.op('ReduceMean', ['x'], { axes: [1], keepdims: 1 })])],
  ['a mean over one side', ['mean-to-global-pool'], (w) => w.model(x, [w.op('ReduceMean', ['x'], { axes: [2], keepdims: 1 })])],
  ['a window that pads', ['whole-pool'], (w) => w.model(x, [w.op('AveragePool', ['x'], { kernel_shape: [6, 6], pads: [1, 1, 1, 1] })])],
  ['a prime number of rows', ['split-pool'], (w) => w.model({ x: [1, 2, 257, 4] }, [w.op('GlobalAveragePool', ['x'])])],
  ['slices that overlap', ['focus-as-convolution'], (w) => {
    const slice = (start: number): string => w.op('Slice', ['x', w.ints(start, 0), w.ints(99, 99), w.ints(2, 3), w.ints(2, 1)]);
    return w.model(x, [w.op('Concat', [slice(0), slice(1)], { axis: 1 })]);
  }],
  ['every second row from the second on', ['sampling-as-pool'], (w) => w.model(x, [w.op('Slice', ['x', w.ints(1), w.ints(99), w.ints(2), w.ints(2)])])],
  ['a Split of rows', ['split-convolution', 'split-as-convolutions'], (w) => w.model(x, w.many('Split', [w.conv('x', 4, 4), w.ints(3, 3)], 2, { axis: 2 }))],
  ['a Split of what is read whole as well', ['split-convolution'], (w) => {
    const made = w.conv('x', 4, 4);
    return w.model(x, [...w.many('Split', [made, w.ints(2, 2)], 2, { axis: 1 }), w.op('Relu', [made])]);
  }],
  ['a Gather of rows', ['pick-channels'], (w) => w.model(x, [w.op('Gather', ['x', w.ints(1, 0)], { axis: 2 })])],
  ['a shuffle of other axes', ['pick-channels'], (w) => {
    const turned = w.op('Transpose', [w.op('Reshape', ['x', w.ints(1, 2, 2, 6, 6)])], { perm: [0, 2, 1, 4, 3] });
    return w.model(x, [w.op('Reshape', [turned, w.ints(1, 4, 6, 6)])]);
  }],
  ['pads of ones', ['fold-padding'], (w) => w.model(x, [w.conv(w.op('Pad', ['x', w.ints(0, 0, 1, 1, 0, 0, 1, 1), w.number(1)]), 4, 5)])],
  ['output_padding without pads', ['output-padding'], (w) =>
    w.model(x, [w.op('ConvTranspose', ['x', w.floats([4, 3, 3, 3])], { strides: [2, 2], output_padding: [1, 1] })])],
  ['a depthwise convolution', ['ungroup-convolution'], (w) => w.model(x, [w.conv('x', 4, 4, { group: 4 })])],
  ['one pixel flattened', ['dense-as-convolution'], (w) => w.model({ x: [1, 40, 1, 1] }, [w.op('Gemm', [w.op('Flatten', ['x']), w.floats([40, 3])])])],
  ['a kernel that a bank holds', ['split-channels'], (w) => w.model({ x: [1, 128, 16, 16] }, [w.conv('x', 128, 2, { kernel: 16, pad: 0 })])],
  ['Transposes that do not undo each other', ['move-transposes'], (w) =>
    w.model(x, [w.op('Transpose', [w.op('Relu', [w.op('Transpose', ['x'], { perm: [0, 2, 3, 1] })])], { perm: [0, 2, 3, 1] })])],
  ['two operands of which one is transposed', ['move-transposes'], (w) => {
    const nhwc = w.op('Transpose', ['x'], { perm: [0, 2, 3, 1] });
    return w.model({ ...x, y: [1, 6, 6, 4] }, [w.op('Transpose', [w.op('Add', [nhwc, 'y'])], { perm: [0, 3, 1, 2] })]);
  }],
  ['Resize of two pixels', ['resize-one-pixel', 'resize-nearest'], (w) =>
    w.model({ x: [1, 4, 2, 1] }, [w.op('Resize', ['x', '', w.floats([4], (i) => (i < 2 ? 1 : 2))], { mode: 'linear' })])],
]; // prettier-ignore

it.each(misses)('leaves alone: %s', (_, unwanted, build) => {
  const model = build(new FitWriter(1));
  const found = findFixes(model, { board: b4096, fixes }).map(({ id }) => id);
  // What is found but cannot be done counts as not found: weights that would be infinite.
  const done = applyFixes(model, {
    board: b4096,
    fixes: fixes.filter(({ id }) => unwanted.includes(id)),
    signal: new AbortController().signal,
  });
  if (!found.includes('fold-constants')) for (const id of unwanted) expect(found).not.toContain(id);
  expect(done).toEqual([]);
});

it('allocates nothing by sizes that a file only claims', () => {
  const w = new FitWriter(1);
  const huge = { x: [1, 2 ** 50, 1, 1] };
  const outputs = [
    w.op('PRelu', ['x', w.floats([1], () => 0.2)]),
    w.op('Slice', ['x', w.ints(1), w.ints(2 ** 49), w.ints(1)]),
    w.op('Gather', ['x', w.ints(0, 1)], { axis: 1 }),
    w.op('LeakyRelu', ['x']),
    w.op('Add', ['x', w.number(1)]),
    w.op('Abs', ['x']),
    w.clip('x', 0, 2),
    w.op('DepthToSpace', ['x'], { blocksize: 2 }),
    ...w.many('Split', ['x'], 2, { axis: 1 }),
  ];
  const done = applyFixes(w.model(huge, outputs), { board: b4096, fixes, signal: new AbortController().signal });
  expect(done.map(({ id }) => id)).toEqual([]);
});

it('touches the layers that are named, what is made of them, and no others', () => {
  const build = (): Model => {
    const w = new FitWriter(1);
    const leaky = (from: string): string => w.op('LeakyRelu', [w.conv(from, 4, 4, { group: 4 })], { alpha: floatAttribute(0.1) });
    return w.model(x, [leaky(leaky('x'))]);
  };
  const { signal } = new AbortController();
  const labels = (options: object): string[] =>
    applyFixes(build(), { board: b4096, fixes, signal, ...options }).filter(({ id }) => id === 'leaky-relu-parts').map(({ nodes }) => nodes[0]!); // prettier-ignore
  expect(labels({})).toEqual(['LeakyRelu1', 'LeakyRelu3']);
  expect(labels({ nodes: new Set(['LeakyRelu3']) })).toEqual(['LeakyRelu3']);
  expect(labels({ except: new Set(['LeakyRelu3']) })).toEqual(['LeakyRelu1']);
});
