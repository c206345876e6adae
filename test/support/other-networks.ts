import { floatAttribute, type Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from './model-builder.ts';
import { randomTensor } from './odd-networks.ts';

/** A small network of a kind that the zoo has not, with generated weights. */
export interface OtherNetwork {
  readonly what: string;
  readonly model: () => Model;
  /** Shape of one picture, without batch. */
  readonly picture: readonly number[];
  /** Layers that could run on integers (activations 8 bits) and what may stay in float, by operator. */
  readonly float: readonly string[];
}

const numbers = (...values: number[]): Tensor => Tensor.float32([values.length], values);
const scalar = (value: number): Tensor => Tensor.float32([], [value]);
const ints = (...values: number[]): Tensor => Tensor.int64([values.length], values);
/** Of He's variance. */
const weights = (name: string, ...dims: number[]): Tensor =>
  randomTensor(name, dims, Math.sqrt(2 / dims.slice(1).reduce((a, b) => a * b, 1)));
const matrix = (name: string, rows: number, columns: number): Tensor => randomTensor(name, [rows, columns], Math.sqrt(1 / rows));

/** One block of a vision transformer: patches, attention with two heads, GELU, layer normalization. */
function transformer(): Model {
  const [width, tokens, heads] = [16, 16, 2];
  const head = (from: string, to: string): BuildNode[] => [
    ['Reshape', [from, 'split_heads'], [`${to}_r`]],
    ['Transpose', [`${to}_r`], [to], { perm: to === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] }],
  ];
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 16, 16] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w_patch', 'b_patch'], ['p'], { strides: [4, 4] }, { name: 'patches' }],
      ['Reshape', ['p', 'to_tokens'], ['pt']],
      ['Transpose', ['pt'], ['t'], { perm: [0, 2, 1] }],
      ['Add', ['t', 'positions'], ['e']],
      ['LayerNormalization', ['e', 'g1', 'h1'], ['n1'], { axis: -1 }],
      ['MatMul', ['n1', 'w_qkv'], ['qkv0'], {}, { name: 'qkv' }],
      ['Add', ['qkv0', 'b_qkv'], ['qkv']],
      ['Split', ['qkv', 'thirds'], ['q0', 'k0', 'v0'], { axis: 2 }],
      ...head('q0', 'q'),
      ...head('k0', 'k'),
      ...head('v0', 'v'),
      ['MatMul', ['q', 'k'], ['s0'], {}, { name: 'scores' }],
      ['Mul', ['s0', 'temperature'], ['s']],
      ['Softmax', ['s'], ['a'], { axis: -1 }],
      ['MatMul', ['a', 'v'], ['o0'], {}, { name: 'mix' }],
      ['Transpose', ['o0'], ['o1'], { perm: [0, 2, 1, 3] }],
      ['Reshape', ['o1', 'join_heads'], ['o']],
      ['MatMul', ['o', 'w_out'], ['m0'], {}, { name: 'project' }],
      ['Add', ['m0', 'b_out'], ['m']],
      ['Add', ['m', 'e'], ['r1']],
      ['LayerNormalization', ['r1', 'g2', 'h2'], ['n2'], { axis: -1 }],
      ['MatMul', ['n2', 'w_up'], ['u0'], {}, { name: 'up' }],
      ['Add', ['u0', 'b_up'], ['u']],
      ['Mul', ['u', 'half_root'], ['g_in']],
      ['Erf', ['g_in'], ['erf']],
      ['Add', ['erf', 'one'], ['erf1']],
      ['Mul', ['u', 'erf1'], ['gelu2']],
      ['Mul', ['gelu2', 'half'], ['gelu']],
      ['MatMul', ['gelu', 'w_down'], ['d0'], {}, { name: 'down' }],
      ['Add', ['d0', 'b_down'], ['d']],
      ['Add', ['d', 'r1'], ['r2']],
      ['ReduceMean', ['r2'], ['mean'], { axes: [1], keepdims: 0 }],
      ['Gemm', ['mean', 'w_head', 'b_head'], ['y'], { transB: 1 }, { name: 'head' }],
    ],
    initializers: {
      w_patch: weights('patch', width, 3, 4, 4), b_patch: randomTensor('b_patch', [width]), to_tokens: ints(0, width, tokens),
      positions: randomTensor('positions', [1, tokens, width]), g1: randomTensor('g1', [width], 0.1, 1), h1: randomTensor('h1', [width], 0.1),
      w_qkv: matrix('qkv', width, 3 * width), b_qkv: randomTensor('b_qkv', [3 * width], 0.1), thirds: ints(width, width, width),
      split_heads: ints(0, tokens, heads, width / heads), join_heads: ints(0, tokens, width), temperature: scalar(1 / Math.sqrt(width / heads)),
      w_out: matrix('out', width, width), b_out: randomTensor('b_out', [width], 0.1), g2: randomTensor('g2', [width], 0.1, 1),
      h2: randomTensor('h2', [width], 0.1), w_up: matrix('up', width, 4 * width), b_up: randomTensor('b_up', [4 * width], 0.1),
      half_root: scalar(Math.SQRT1_2), one: scalar(1), half: scalar(0.5), w_down: matrix('down', 4 * width, width),
      b_down: randomTensor('b_down', [width], 0.1), w_head: weights('head', 10, width), b_head: randomTensor('b_head', [10]),
    }, // prettier-ignore
  });
}

/** Inverted residual with squeeze-and-excitation, SiLU and hard swish: EfficientNet and MobileNetV3. */
function squeezeExcite(): Model {
  const silu = (value: string): BuildNode[] => [
    ['Sigmoid', [value], [`${value}_s`]],
    ['Mul', [value, `${value}_s`], [`${value}_a`]],
  ];
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 16, 16] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w_stem', 'b_stem'], ['c0'], { pads: [1, 1, 1, 1], strides: [2, 2] }, { name: 'stem' }],
      ...silu('c0'),
      ['Conv', ['c0_a', 'w_expand', 'b_expand'], ['c1'], {}, { name: 'expand' }],
      ...silu('c1'),
      ['Conv', ['c1_a', 'w_depth', 'b_depth'], ['c2'], { group: 32, pads: [1, 1, 1, 1] }, { name: 'depthwise' }],
      ['HardSwish', ['c2'], ['c2_a']],
      ['GlobalAveragePool', ['c2_a'], ['z']],
      ['Conv', ['z', 'w_squeeze', 'b_squeeze'], ['z1'], {}, { name: 'squeeze' }],
      ['Relu', ['z1'], ['z1_a']],
      ['Conv', ['z1_a', 'w_excite', 'b_excite'], ['z2'], {}, { name: 'excite' }],
      ['Sigmoid', ['z2'], ['gate']],
      ['Mul', ['c2_a', 'gate'], ['gated']],
      ['Conv', ['gated', 'w_project', 'b_project'], ['c3'], {}, { name: 'project' }],
      ['Add', ['c3', 'c0_a'], ['sum']],
      ['GlobalAveragePool', ['sum'], ['g']],
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'w_head', 'b_head'], ['y'], { transB: 1 }, { name: 'head' }],
    ],
    initializers: {
      w_stem: weights('stem', 8, 3, 3, 3), b_stem: randomTensor('b_stem', [8]), w_expand: weights('expand', 32, 8, 1, 1),
      b_expand: randomTensor('b_expand', [32]), w_depth: weights('depth', 32, 1, 3, 3), b_depth: randomTensor('b_depth', [32]),
      w_squeeze: weights('squeeze', 4, 32, 1, 1), b_squeeze: randomTensor('b_squeeze', [4]), w_excite: weights('excite', 32, 4, 1, 1),
      b_excite: randomTensor('b_excite', [32]), w_project: weights('project', 8, 32, 1, 1), b_project: randomTensor('b_project', [8]),
      w_head: weights('head', 10, 8), b_head: randomTensor('b_head', [10]),
    }, // prettier-ignore
  });
}

/** Encoder and decoder with a skip: ConvTranspose, Concat, Resize; a picture comes out. */
function encoderDecoder(): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', 1, 16, 16] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, { name: 'down1' }],
      ['Relu', ['c1'], ['r1']],
      ['MaxPool', ['r1'], ['p1'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Conv', ['p1', 'w2', 'b2'], ['c2'], { pads: [1, 1, 1, 1] }, { name: 'down2' }],
      ['LeakyRelu', ['c2'], ['r2'], { alpha: floatAttribute(0.1) }],
      ['AveragePool', ['r2'], ['p2'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Conv', ['p2', 'w3', 'b3'], ['c3'], { pads: [1, 1, 1, 1] }, { name: 'bottom' }],
      ['Relu', ['c3'], ['r3']],
      ['ConvTranspose', ['r3', 'w4', 'b4'], ['u2'], { strides: [2, 2] }, { name: 'up2' }],
      ['Concat', ['u2', 'r2'], ['j2'], { axis: 1 }],
      ['Conv', ['j2', 'w5', 'b5'], ['c5'], { pads: [1, 1, 1, 1] }, { name: 'merge2' }],
      ['Relu', ['c5'], ['r5']],
      ['Resize', ['r5', '', 'twice'], ['u1'], { mode: 'linear' }],
      ['Concat', ['u1', 'r1'], ['j1'], { axis: 1 }],
      ['Conv', ['j1', 'w6', 'b6'], ['c6'], { pads: [1, 1, 1, 1] }, { name: 'merge1' }],
      ['Sigmoid', ['c6'], ['y']],
    ],
    initializers: {
      w1: weights('u1', 8, 1, 3, 3), b1: randomTensor('ub1', [8]), w2: weights('u2', 16, 8, 3, 3), b2: randomTensor('ub2', [16]),
      w3: weights('u3', 16, 16, 3, 3), b3: randomTensor('ub3', [16]), w4: weights('u4', 16, 8, 2, 2), b4: randomTensor('ub4', [8]),
      w5: weights('u5', 8, 24, 3, 3), b5: randomTensor('ub5', [8]), twice: numbers(1, 1, 2, 2), w6: weights('u6', 1, 16, 3, 3),
      b6: randomTensor('ub6', [1]),
    }, // prettier-ignore
  });
}

/** Group convolutions with a channel shuffle, and a unit that splits and joins channels. */
function shuffle(): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', 3, 16, 16] }],
    outputs: ['y'],
    nodes: [
      ['Conv', ['x', 'w0', 'b0'], ['c0'], { pads: [1, 1, 1, 1], strides: [2, 2] }, { name: 'stem' }],
      ['Relu', ['c0'], ['r0']],
      ['Conv', ['r0', 'w1', 'b1'], ['c1'], { group: 4 }, { name: 'grouped' }],
      ['Relu', ['c1'], ['r1']],
      ['Reshape', ['r1', 'apart'], ['s1']],
      ['Transpose', ['s1'], ['s2'], { perm: [0, 2, 1, 3, 4] }],
      ['Reshape', ['s2', 'together'], ['s3']],
      ['Conv', ['s3', 'w2', 'b2'], ['c2'], { group: 16, pads: [1, 1, 1, 1] }, { name: 'depthwise' }],
      ['Conv', ['c2', 'w3', 'b3'], ['c3'], { group: 4 }, { name: 'grouped2' }],
      ['Add', ['c3', 'r0'], ['a']],
      ['Relu', ['a'], ['ra']],
      ['Split', ['ra', 'halves'], ['left', 'right'], { axis: 1 }],
      ['Conv', ['right', 'w4', 'b4'], ['c4'], {}, { name: 'branch' }],
      ['Clip', ['c4', 'zero', 'six'], ['r4']],
      ['Concat', ['left', 'r4'], ['j'], { axis: 1 }],
      ['GlobalAveragePool', ['j'], ['g']],
      ['Flatten', ['g'], ['f']],
      ['Gemm', ['f', 'w5', 'b5'], ['y'], { transB: 1 }, { name: 'head' }],
    ],
    initializers: {
      w0: weights('s0', 16, 3, 3, 3), b0: randomTensor('sb0', [16]), w1: weights('s1', 16, 4, 1, 1), b1: randomTensor('sb1', [16]),
      apart: ints(0, 4, 4, 8, 8), together: ints(0, 16, 8, 8), w2: weights('s2', 16, 1, 3, 3), b2: randomTensor('sb2', [16]),
      w3: weights('s3', 16, 4, 1, 1), b3: randomTensor('sb3', [16]), halves: ints(8, 8), w4: weights('s4', 8, 8, 1, 1),
      b4: randomTensor('sb4', [8]), zero: scalar(0), six: scalar(6), w5: weights('s5', 10, 16), b5: randomTensor('sb5', [10]),
    }, // prettier-ignore
  });
}

/** Matrix products only: Gemm of either orientation, with factors, and MatMul with an Add behind it. */
function perceptron(): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', 24] }],
    outputs: ['y'],
    nodes: [
      ['Gemm', ['x', 'w1', 'b1'], ['h1'], { transB: 1 }, { name: 'fc1' }],
      ['Relu', ['h1'], ['r1']],
      ['Gemm', ['r1', 'w2', 'b2'], ['h2'], { alpha: 0.5, beta: floatAttribute(2) }, { name: 'fc2' }],
      ['Tanh', ['h2'], ['r2']],
      ['MatMul', ['r2', 'w3'], ['h3'], {}, { name: 'fc3' }],
      ['Add', ['h3', 'b3'], ['a3']],
      ['Relu', ['a3'], ['r3']],
      ['Gemm', ['r3', 'w4'], ['y'], { transB: 1 }, { name: 'fc4' }],
    ],
    initializers: {
      w1: weights('p1', 32, 24), b1: randomTensor('pb1', [32]), w2: matrix('p2', 32, 24), b2: randomTensor('pb2', [24]),
      w3: matrix('p3', 24, 16), b3: randomTensor('pb3', [16]), w4: weights('p4', 10, 16),
    }, // prettier-ignore
  });
}

export const otherNetworks: readonly OtherNetwork[] = [
  { what: 'a transformer block', model: transformer, picture: [3, 16, 16], float: ['LayerNormalization', 'Erf', 'Softmax', 'ReduceMean'] },
  { what: 'squeeze-and-excitation', model: squeezeExcite, picture: [3, 16, 16], float: ['HardSwish'] },
  { what: 'an encoder and decoder', model: encoderDecoder, picture: [1, 16, 16], float: ['ConvTranspose'] },
  { what: 'a shuffled network', model: shuffle, picture: [3, 16, 16], float: [] },
  { what: 'matrix products only', model: perceptron, picture: [24], float: ['Tanh'] },
];
