import { seededRandom, type Random } from '../../src/engine/base/random.ts';
import { floatAttribute, type Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from './model-builder.ts';

type Values = BuildNode[3];

/** Writes small models for fixes: constants by what they hold, nodes by their inputs. */
export class FitWriter {
  readonly nodes: BuildNode[] = [];
  readonly initializers: Record<string, Tensor> = {};
  readonly random: Random;
  #count = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed, 'fit');
  }

  between(least: number, most: number): number {
    return least + this.random.integer(most - least + 1);
  }

  floats(dims: readonly number[], make: (i: number) => number = () => this.random.normal()): string {
    const name = `c${this.#count++}`;
    this.initializers[name] = Tensor.float32(
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => make(i)),
    );
    return name;
  }

  number(value: number): string {
    return this.floats([], () => value);
  }

  ints(...values: number[]): string {
    const name = `c${this.#count++}`;
    this.initializers[name] = Tensor.int64([values.length], values);
    return name;
  }

  op(op: string, inputs: readonly string[], attributes: Values = {}, output = `v${this.#count++}`): string {
    this.nodes.push([op, inputs, [output], attributes, { name: `${op}${this.nodes.length}` }]);
    return output;
  }

  many(op: string, inputs: readonly string[], outputs: number, attributes: Values = {}): string[] {
    const names = Array.from({ length: outputs }, () => `v${this.#count++}`);
    this.nodes.push([op, inputs, names, attributes, { name: `${op}${this.nodes.length}` }]);
    return names;
  }

  /** A convolution of kernel 1 or 3 that keeps height and width. */
  conv(
    from: string,
    channels: number,
    out: number,
    { kernel = 3, pad = (kernel - 1) / 2, group = 1, ...more }: Record<string, number> = {},
  ): string {
    const weight = this.floats(
      [out, channels / group, kernel, kernel],
      () => this.random.normal() / Math.sqrt((channels / group) * kernel * kernel),
    );
    return this.op('Conv', [from, weight, this.floats([out])], { pads: [pad, pad, pad, pad], group, ...more });
  }

  norm(from: string, channels: number): string {
    const positive = (): string => this.floats([channels], () => 0.5 + this.random.next());
    return this.op('BatchNormalization', [from, positive(), this.floats([channels]), this.floats([channels]), positive()]);
  }

  clip(from: string, low: number | undefined, high: number | undefined): string {
    const inputs = [from, low === undefined ? '' : this.number(low), high === undefined ? '' : this.number(high)];
    while (inputs.at(-1) === '') inputs.pop();
    return this.op('Clip', inputs);
  }

  /** `outputs` get names of their own by Identity-free renaming: they are listed as they are. */
  model(inputs: Record<string, readonly (number | string)[]>, outputs: readonly string[], opset = 17): Model {
    return buildModel({
      opset,
      inputs: Object.entries(inputs).map(([name, shape]) => ({ name, shape })),
      outputs: [...outputs],
      nodes: this.nodes,
      initializers: this.initializers,
    });
  }
}

export interface FitCase {
  readonly name: string;
  readonly fix: string;
  /** Model of a seed; every one must be found. */
  build(writer: FitWriter): Model;
  /** What the fix leaves of operators that it is about: none of these. */
  readonly without?: readonly string[];
}

const half = floatAttribute(0.5);

/** One case a pattern; the function of each fix is tried on several seeds, with sizes of their own. */
export const fitCases: readonly FitCase[] = [
  fit('batch-norm-order', 'batch normalization behind a convolution', (w) => {
    const [c, size] = [w.between(1, 9), w.between(3, 7)];
    return w.model({ x: [1, c, size, size] }, [w.op('Relu', [w.norm(w.conv('x', c, c + 2), c + 2)])]);
  }, ['BatchNormalization']),
  fit('batch-norm-order', 'batch normalization before a convolution without pads', (w) => {
    const c = w.between(1, 9);
    return w.model({ x: [1, c, 6, 5] }, [w.conv(w.norm(w.op('Relu', ['x']), c), c, 4, { pad: 0 })]);
  }, ['BatchNormalization']),
  fit('fold-constants', 'a scale before a convolution with pads, through groups', (w) =>
    w.model({ x: [1, 8, 6, 5] }, [w.conv(w.op('Mul', ['x', w.floats([8, 1, 1])]), 8, 4, { group: 4 })]), ['Mul']),
  fit('fold-constants', 'numbers behind a transposed convolution', (w) => {
    const up = w.op('ConvTranspose', ['x', w.floats([5, 3, 2, 2])], { strides: [2, 2] });
    return w.model({ x: [1, 5, 4, 4] }, [w.op('Div', [w.op('Sub', [w.floats([1, 3, 1, 1]), up]), w.number(3.7)])]);
  }, ['Sub', 'Div']),
  fit('fold-constants', 'numbers behind a Gemm', (w) => {
    const dense = w.op('Gemm', ['x', w.floats([6, 10]), w.floats([10])], { alpha: floatAttribute(0.7), beta: floatAttribute(1.3) });
    return w.model({ x: [1, 6] }, [w.op('Neg', [w.op('Add', [w.floats([10]), dense])])]);
  }, ['Add', 'Neg']),
  fit('batch-norm-order', 'batch normalization behind an activation that two read', (w) => {
    const c = w.between(1, 9);
    const active = w.op('Relu', [w.conv('x', 3, c)]);
    return w.model({ x: [1, 3, 6, 6] }, [w.conv(w.norm(active, c), c, 4), active]);
  }, ['BatchNormalization']),
  fit(
    'arithmetic-as-convolution',
    'stray additions',
    (w) => {
      const from = w.op('Relu', ['x']);
      const added = w.op('Sub', [w.floats([1, 4, 1, 1]), w.op('Relu', [w.op('Add', [from, w.number(0.3)])])]);
      return w.model({ x: [1, 4, 6, 6] }, [added]);
    },
    ['Sub', 'Add'],
  ),
  fit('divide-to-multiply', 'by a number, and by one a column', (w) => {
    const from = w.op('Relu', ['x']);
    const narrow = w.floats([1, 1, 1, 6], (i) => i + 1.5);
    return w.model({ x: [1, 4, 6, 6] }, [w.op('Div', [w.op('Relu', [w.op('Div', [from, w.number(7)])]), narrow])]);
  }, ['Div']),
  fit('subtract-as-add', 'of two convolutions', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('Relu', [w.op('Sub', [w.conv('x', 4, 6), w.op('Relu', [w.conv('x', 4, 6)])])])]), ['Sub']),
  fit('rectifier', 'Clip from 0', (w) => w.model({ x: [1, 4, 6, 6] }, [w.clip('x', 0, w.between(0, 1) ? undefined : 3.4028235e38)]), ['Clip']),
  fit('rectifier', 'Max with 0', (w) => w.model({ x: [1, 4, 6, 6] }, [w.op('Max', [w.number(0), 'x'])]), ['Max']),
  fit('written-clip', 'Min and Max', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('Min', [w.op('Max', ['x', w.number(-0.5)]), w.number(0.8)])]), ['Min', 'Max']),
  fit('clip-to-relu6', 'other bounds', (w) => {
    const low = w.random.normal();
    return w.model({ x: [1, 4, 6, 6] }, [w.clip('x', w.between(0, 1) ? 0 : low, Math.max(0, low) + 0.3 + w.random.next())]);
  }),
  fit('clip-near-6', 'an upper bound of about 6', (w) => w.model({ x: [1, 4, 6, 6] }, [w.clip(w.op('Mul', ['x', w.number(5)]), 0, 5.5 + 0.4 * w.random.next())])),
  fit('leaky-relu-slope', 'LeakyRelu', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('LeakyRelu', [w.conv('x', 4, 6)], { alpha: floatAttribute(Math.fround(0.05 + 0.15 * w.random.next())) })])),
  fit('leaky-relu-slope', 'PRelu', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('PRelu', [w.conv('x', 4, 6), w.floats([6, 1, 1], () => 0.25 * w.random.next())])]), ['PRelu']),
  fit('leaky-relu-parts', 'LeakyRelu behind a depthwise convolution', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('LeakyRelu', [w.conv('x', 4, 4, { group: 4 })], { alpha: floatAttribute(0.1015625) })]), ['LeakyRelu']),
  fit('leaky-relu-parts', 'PRelu of many slopes', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('PRelu', [w.conv('x', 4, 6), w.floats([6, 1, 1])])]), ['PRelu']),
  fit('prelu-as-leaky-relu', 'slopes of 26/256', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('PRelu', [w.conv('x', 4, 6), w.floats([6, 1, 1], () => 0.1015625)])]), ['PRelu']),
  fit('hard-sigmoid-pattern', 'clip(x + 3, 0, 6) / 6', (w) => {
    const clipped = w.clip(w.op('Add', ['x', w.number(3)]), 0, 6);
    return w.model({ x: [1, 4, 6, 6] }, [w.between(0, 1) ? w.op('Div', [clipped, w.number(6)]) : w.op('Mul', [clipped, w.number(1 / 6)])]);
  }, ['Clip', 'Div']),
  fit('hard-sigmoid-pattern', 'clip(x / 6 + 1/2, 0, 1)', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.clip(w.op('Add', [w.op('Div', ['x', w.number(6)]), w.number(0.5)]), 0, 1)]), ['Clip', 'Div']),
  fit('hard-swish-pattern', 'x · HardSigmoid(x)', (w) => {
    const from = w.conv('x', 4, 6);
    const gate = w.op('HardSigmoid', [from], { alpha: floatAttribute(Math.fround(1 / 6)), beta: half });
    return w.model({ x: [1, 4, 6, 6] }, [w.op('Mul', w.between(0, 1) ? [from, gate] : [gate, from])]);
  }, ['HardSigmoid']),
  fit('hard-swish-pattern', '(x · clip(x + 3, 0, 6)) / 6', (w) => {
    const from = w.conv('x', 4, 6);
    return w.model({ x: [1, 4, 6, 6] }, [w.op('Div', [w.op('Mul', [from, w.clip(w.op('Add', [from, w.number(3)]), 0, 6)]), w.number(6)])]);
  }, ['Clip', 'Div']),
  fit('hard-swish-pattern', '(x / 6) · clip(x + 3, 0, 6)', (w) => {
    const from = w.conv('x', 4, 6);
    return w.model({ x: [1, 4, 6, 6] }, [w.op('Mul', [w.clip(w.op('Add', [from, w.number(3)]), 0, 6), w.op('Div', [from, w.number(6)])])]);
  }, ['Clip', 'Div']),
  fit('hard-sigmoid-parameters', "Keras'", (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('HardSigmoid', [w.conv('x', 4, 6)], { alpha: floatAttribute(0.1 + w.random.next()), beta: floatAttribute(w.random.next()) })])),
  fit('sigmoid-to-hard-sigmoid', 'of a gate', (w) => {
    const from = w.conv('x', 4, 6);
    return w.model({ x: [1, 4, 6, 6] }, [w.op('MaxPool', [w.op('Sigmoid', [w.op('Mul', [from, w.number(4)])])], { kernel_shape: [1, 1] })]);
  }, ['Sigmoid']),
  fit('swish-to-hard-swish', 'x · Sigmoid(x)', (w) => {
    const from = w.op('Mul', [w.conv('x', 4, 6), w.number(4)]);
    return w.model({ x: [1, 4, 6, 6] }, [w.op('Mul', [w.op('Sigmoid', [from]), from])]);
  }, ['Sigmoid']),
  fit('mean-to-global-pool', 'ReduceMean', (w) =>
    w.model({ x: [1, 4, w.between(2, 7), w.between(2, 7)] }, [w.op('ReduceMean', [w.op('Relu', ['x'])], { axes: [-1, 2], keepdims: w.between(0, 1) })]), ['ReduceMean']),
  fit('mean-to-global-pool', 'ReduceSum', (w) =>
    w.model({ x: [1, 4, w.between(2, 7), 5] }, [w.op('ReduceSum', ['x', w.ints(2, 3)], { keepdims: w.between(0, 1) })]), ['ReduceSum']),
  fit('mean-to-global-pool', 'ReduceMax', (w) =>
    w.model({ x: [1, 4, w.between(2, 7), 5] }, [w.op('ReduceMax', ['x'], { axes: [2, 3], keepdims: w.between(0, 1) })]), ['ReduceMax']),
  fit('whole-pool', 'a window written as a constant', (w) => {
    const [h, v] = [w.between(2, 7), w.between(2, 7)];
    return w.model({ x: [1, 4, h, v] }, [w.op('AveragePool', ['x'], { kernel_shape: [h, v] })]);
  }, ['AveragePool']),
  fit('split-pool', 'a global mean over 320 rows', (w) => w.model({ x: [1, 2, 320, w.between(2, 9)] }, [w.op('GlobalAveragePool', ['x'])])),
  fit('arithmetic-in-parts', 'Max, Min, Abs, Pow, Sum, Neg', (w) => {
    const [a, b] = [w.conv('x', 4, 6), w.op('Relu', [w.conv('x', 4, 6)])];
    const max = w.op('Max', [a, b]);
    const min = w.op('Min', [max, w.op('Neg', [w.op('Abs', [a])])]);
    return w.model({ x: [1, 4, 6, 6] }, [w.op('Sum', [w.op('Pow', [min, w.number(2)]), max, b])]);
  }, ['Max', 'Min', 'Abs', 'Pow', 'Sum', 'Neg']),
  fit('repeat-operand', 'one number a channel, and a mask', (w) => {
    const from = w.conv('x', 4, 6);
    const added = w.op('Add', [w.conv(w.op('GlobalAveragePool', [from]), 6, 6, { kernel: 1 }), from]);
    return w.model({ x: [1, 4, 6, 5] }, [w.op('Mul', [added, w.op('Relu', [w.conv(added, 6, 1)])])]);
  }),
  fit('focus-as-convolution', 'the Focus of YOLOv5', (w) => {
    const slice = (from: string, axis: number, start: number): string =>
      w.op('Slice', [from, w.ints(start), w.ints(2 ** 40), w.ints(axis), w.ints(2)]);
    const parts = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([y = 0, x = 0]) => slice(slice('x', 2, y), 3, x)); // prettier-ignore
    return w.model({ x: [1, 3, 8, 6] }, [w.conv(w.op('Concat', parts, { axis: 1 }), 12, 5)]);
  }, ['Slice', 'Concat']),
  fit('space-depth-as-convolution', 'both ways', (w) => {
    const block = w.between(2, 3);
    const deep = w.op('SpaceToDepth', [w.op('Relu', ['x'])], { blocksize: block });
    const mode = w.between(0, 1) ? 'CRD' : 'DCR';
    return w.model({ x: [1, 4, 6, 12] }, [w.op('DepthToSpace', [w.conv(deep, 4 * block * block, 8 * block * block)], { blocksize: block, mode })]);
  }, ['SpaceToDepth', 'DepthToSpace']),
  fit('sampling-as-pool', 'every second pixel', (w) =>
    w.model({ x: [1, 4, w.between(5, 8), 7] }, [w.op('Slice', ['x', w.ints(0, 0), w.ints(99, 99), w.ints(2, 3), w.ints(2, 2)])]), ['Slice']),
  fit('sampling-as-pool', 'Resize to a third', (w) =>
    w.model({ x: [1, 4, 9, 6] }, [w.op('Resize', ['x', '', w.floats([4], (i) => (i < 2 ? 1 : 1 / 3))], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' })]), ['Resize']),
  fit('split-convolution', 'Split behind a convolution', (w) => {
    const parts = w.many('Split', [w.op('Relu', [w.conv('x', 4, 9)]), w.ints(2, 3, 4)], 3, { axis: 1 });
    return w.model({ x: [1, 4, 6, 6] }, parts);
  }, ['Split']),
  fit('split-as-convolutions', 'Split of a sum', (w) => {
    const sum = w.op('Add', [w.conv('x', 4, 6), w.conv('x', 4, 6)]);
    return w.model({ x: [1, 4, 6, 6] }, w.many('Split', [sum], 2, { axis: -3 }));
  }, ['Split']),
  fit('pick-channels', 'Slice and Gather', (w) => {
    const sliced = w.op('Slice', ['x', w.ints(1), w.ints(-1), w.ints(1), w.ints(w.between(1, 2))]);
    return w.model({ x: [1, 9, 6, 6] }, [sliced, w.op('Gather', ['x', w.ints(3, -1, 0)], { axis: 1 })]);
  }, ['Slice', 'Gather']),
  fit('pick-channels', 'the channel shuffle', (w) => {
    const groups = w.between(2, 3);
    const spread = w.op('Reshape', ['x', w.ints(1, groups, 12 / groups, 6, 5)]);
    const turned = w.op('Transpose', [spread], { perm: [0, 2, 1, 3, 4] });
    return w.model({ x: [1, 12, 6, 5] }, [w.op('Reshape', [turned, w.ints(1, 12, 6, 5)])]);
  }, ['Reshape', 'Transpose']),
  fit('explicit-pads', 'SAME', (w) => {
    const auto = w.between(0, 1) ? 'SAME_UPPER' : 'SAME_LOWER';
    const made = w.op('Conv', ['x', w.floats([5, 4, 3, 2])], { auto_pad: auto, strides: [w.between(1, 2), w.between(1, 3)] });
    return w.model({ x: [1, 4, w.between(5, 9), 8] }, [w.op('MaxPool', [made], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: auto })]);
  }),
  fit('batch-of-one', 'a named batch', (w) => w.model({ x: ['batch', 4, 6, 6] }, [w.op('Relu', [w.conv('x', 4, 5)])])),
  fit(
    'leaky-relu-to-relu',
    'behind a depthwise convolution',
    (w) => w.model({ x: [1, 4, 6, 6] }, [w.op('LeakyRelu', [w.conv('x', 4, 4, { group: 4 })], { alpha: floatAttribute(0.1015625) })]),
    ['LeakyRelu'],
  ),
  fit(
    'gelu-to-hard-swish',
    'written with Erf',
    (w) => {
      const from = w.op('Mul', [w.conv('x', 4, 6), w.number(3)]);
      const wide = w.op('Add', [w.op('Erf', [w.op('Div', [from, w.number(Math.SQRT2)])]), w.number(1)]);
      return w.model({ x: [1, 4, 6, 6] }, [w.op('Mul', [w.op('Mul', [from, wide]), w.number(0.5)])]);
    },
    ['Erf', 'Div'],
  ),
  fit('gelu-to-hard-swish', 'one operator', (w) => w.model({ x: [1, 4, 6, 6] }, [w.op('Gelu', [w.conv('x', 4, 6)])], 20), ['Gelu']),
  fit(
    'tanh-to-hard-sigmoid',
    'in the middle',
    (w) => w.model({ x: [1, 4, 6, 6] }, [w.op('MaxPool', [w.op('Tanh', [w.op('Mul', ['x', w.number(2)])])], { kernel_shape: [1, 1] })]),
    ['Tanh'],
  ),
  fit('pad-with-zeros', 'reflect', (w) =>
    w.model({ x: [1, 4, 6, 6] }, [w.op('Pad', ['x', w.ints(0, 0, 1, 2, 0, 0, 1, 0)], { mode: w.between(0, 1) ? 'reflect' : 'edge' })]),
  ),
  fit('resize-nearest', 'corners aligned, by 2', (w) =>
    w.model({ x: [1, 4, 6, 5] }, [
      w.op('Resize', ['x', '', w.floats([4], (i) => (i < 2 ? 1 : 2))], {
        mode: w.between(0, 1) ? 'linear' : 'nearest',
        coordinate_transformation_mode: 'align_corners',
      }),
    ]),
  ),
  fit('fold-padding', 'zeros', (w) => w.model({ x: [1, 4, 6, 6] }, [w.conv(w.op('Pad', ['x', w.ints(0, 0, 1, 2, 0, 0, 3, 0)]), 4, 5)]), ['Pad']),
  fit('output-padding', 'one row more', (w) =>
    w.model({ x: [1, 4, 5, 5] }, [w.op('ConvTranspose', ['x', w.floats([4, 3, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, w.between(0, 1)] })])),
  fit('even-dilations', 'depthwise, 1 and 2', (w) =>
    w.model({ x: [1, 4, 9, 9] }, [w.conv('x', 4, 4, { group: 4, pad: w.between(0, 2), ...({ dilations: [1, w.between(2, 3)] } as object) })])),
  fit('ungroup-convolution', 'of convolutions', (w) => {
    const group = w.between(2, 4);
    const c = group * w.between(2, 3);
    return w.model({ x: [1, c, 6, 6] }, [w.conv('x', c, group * w.between(1, 3), { group })]);
  }),
  fit('ungroup-convolution', 'of transposed ones', (w) =>
    w.model({ x: [1, 6, 4, 4] }, [w.op('ConvTranspose', ['x', w.floats([6, w.between(1, 3), 2, 2])], { strides: [2, 2], group: w.between(2, 3) })])),
  fit('dense-as-convolution', 'over a flattened map', (w) => {
    const flat = w.op('Flatten', ['x']);
    const dense = w.between(0, 1)
      ? w.op('Gemm', [flat, w.floats([7, 5120], () => w.random.normal() / 70), w.floats([7])], { transB: 1 })
      : w.op('MatMul', [flat, w.floats([5120, 7], () => w.random.normal() / 70)]);
    return w.model({ x: [1, 320, 4, 4] }, [w.op('Relu', [dense])]);
  }, ['Gemm', 'MatMul', 'Flatten']),
  fit('split-channels', 'a kernel of 16×16 over 200 channels', (w) =>
    w.model({ x: [1, 200, 17, 16] }, [w.op('Relu', [w.conv(w.op('Tanh', ['x']), 200, 3, { kernel: 16, pad: 0 })])])),
  fit('split-channels', 'of what a convolution makes', (w) =>
    w.model({ x: [1, 3, 17, 16] }, [w.op('Relu', [w.conv(w.op('Relu', [w.conv('x', 3, 150, { kernel: 1 })]), 150, 3, { kernel: 16, pad: 1 })])])),
  fit('split-channels', 'of a Concat', (w) => {
    const concat = w.op('Concat', [w.conv('x', 3, 100, { kernel: 1 }), w.conv('x', 3, 90, { kernel: 1 })], { axis: 1 });
    return w.model({ x: [1, 3, 16, 16] }, [w.conv(concat, 190, 2, { kernel: 16, pad: 0 })]);
  }),
  fit('split-output-channels', '4200 channels', (w) =>
    w.model({ x: [1, 3, 3, 3] }, [w.conv(w.op('Relu', [w.conv('x', 3, 4200, { kernel: 1 })]), 4200, 2, { kernel: 1 })])),
  fit('cancel-transposes', 'there and back, and round', (w) => {
    const there = w.op('Transpose', [w.op('Relu', ['x'])], { perm: [0, 2, 3, 1] });
    const back = w.op('Transpose', [there], { perm: [0, 3, 1, 2] });
    const round = w.op('Transpose', [w.op('Transpose', [back], { perm: [0, 2, 1, 3] })], { perm: [0, 1, 3, 2] });
    return w.model({ x: [1, 4, 6, 5] }, [w.conv(back, 4, 3), round]);
  }),
  fit('move-transposes', 'through sums, constants and Concat', (w) => {
    const nhwc = (from: string): string => w.op('Transpose', [from], { perm: [0, 2, 3, 1] });
    const a = w.op('Add', [w.op('Relu', [nhwc(w.conv('x', 4, 6))]), w.floats([6])]);
    const joined = w.op('Concat', [a, nhwc(w.conv('x', 4, 2))], { axis: -1 });
    return w.model({ x: [1, 4, 6, 5] }, [w.conv(w.op('Transpose', [joined], { perm: [0, 3, 1, 2] }), 8, 3)]);
  }),
  fit('product-as-convolution', 'MatMul on NHWC', (w) => {
    const nhwc = w.op('Transpose', ['x'], { perm: [0, 2, 3, 1] });
    const made = w.op('Add', [w.op('MatMul', [nhwc, w.floats([4, 7])]), w.floats([7])]);
    return w.model({ x: [1, 4, 6, 5] }, [w.op('Transpose', [made], { perm: [0, 3, 1, 2] })]);
  }, ['MatMul']),
  fit('resize-one-pixel', 'image pooling', (w) =>
    w.model({ x: [1, 4, 6, 5] }, [w.op('Resize', [w.op('GlobalAveragePool', ['x']), '', '', w.ints(1, 4, 6, 5)], { mode: 'linear', coordinate_transformation_mode: 'half_pixel' })])),
]; // prettier-ignore

function fit(fix: string, name: string, build: (writer: FitWriter) => Model, without: readonly string[] = []): FitCase {
  return { fix, name: `${fix}: ${name}`, build, without };
}
