import { DataType } from '../../src/engine/onnx/data-type.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { seededRandom } from '../../src/engine/base/random.ts';
import { buildGraph, buildModel, type BuildModel, type BuildNode } from './model-builder.ts';

/** A small network that something is odd about, and what quantization owes its user. */
export interface OddNetwork {
  readonly what: string;
  readonly model: () => Model;
  /** Shape of one picture, without batch. */
  readonly picture: readonly number[];
  /** Layers that stay in float, each with what its reason says. */
  readonly left?: Readonly<Record<string, RegExp>>;
  /** Every method ends with this error. */
  readonly error?: { readonly code: string; readonly says: RegExp };
  /** What methods that judge a whole model by its answers say, where these are no class scores and nothing says what else. */
  readonly unjudged?: RegExp;
  /** Least signal to noise of the result at 8 bits, dB; 0: only that it computes. */
  readonly least: number;
}

/** Normal weights, the same for equal names. */
export function randomTensor(name: string, dims: readonly number[], size = 0.3, shift = 0): Tensor {
  const random = seededRandom(23, name);
  return Tensor.float32(
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal() * size + shift),
  );
}

const filled = (dims: readonly number[], value: number): Tensor =>
  Tensor.float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value));
function spoiled(name: string, dims: readonly number[], value: number): Tensor {
  const data = randomTensor(name, dims).toFloat32();
  data[5] = value;
  return Tensor.float32(dims, data);
}

const picture = [3, 8, 8];
const conv = (from: string, to: string, name: string, weight = `w_${name}`): BuildNode => [
  'Conv',
  [from, weight, `b_${name}`],
  [to],
  { pads: [1, 1, 1, 1] },
  { name },
];

/** first – ReLU – middle – ReLU – pool – classifier; `parts` replaces what is odd. */
function chain(parts: Partial<BuildModel> = {}): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', ...picture] }],
    outputs: ['y'],
    nodes: [
      conv('x', 'c1', 'first'),
      ['Relu', ['c1'], ['r1'], {}, { name: 'relu1' }],
      conv('r1', 'c2', 'middle'),
      ['Relu', ['c2'], ['r2'], {}, { name: 'relu2' }],
      ['GlobalAveragePool', ['r2'], ['g'], {}, { name: 'pool' }],
      ['Flatten', ['g'], ['f'], {}, { name: 'flatten' }],
      ['Gemm', ['f', 'w_last', 'b_last'], ['y'], { transB: 1 }, { name: 'last' }],
    ],
    ...parts,
    initializers: { ...constants(), ...parts.initializers },
  });
}

const constants = (): Record<string, Tensor> => ({
  w_first: randomTensor('w_first', [8, 3, 3, 3]),
  b_first: randomTensor('b_first', [8]),
  w_middle: randomTensor('w_middle', [8, 8, 3, 3]),
  b_middle: randomTensor('b_middle', [8]),
  w_last: randomTensor('w_last', [5, 8]),
  b_last: randomTensor('b_last', [5]),
});

const branches = (): { then_branch: ReturnType<typeof buildGraph>; else_branch: ReturnType<typeof buildGraph> } => ({
  then_branch: buildGraph({ nodes: [['Conv', ['r1', 'w_middle'], ['t'], { pads: [1, 1, 1, 1] }]], outputs: ['t'] }),
  else_branch: buildGraph({ nodes: [['Neg', ['r1'], ['e']]], outputs: ['e'] }),
});

/** The tail of `chain`, from `c2` on. */
const tail: readonly BuildNode[] = [
  ['Relu', ['c2'], ['r2'], {}, { name: 'relu2' }],
  ['GlobalAveragePool', ['r2'], ['g'], {}, { name: 'pool' }],
  ['Flatten', ['g'], ['f'], {}, { name: 'flatten' }],
  ['Gemm', ['f', 'w_last', 'b_last'], ['y'], { transB: 1 }, { name: 'last' }],
];
const head: readonly BuildNode[] = [conv('x', 'c1', 'first'), ['Relu', ['c1'], ['r1'], {}, { name: 'relu1' }]];

export const oddNetworks: readonly OddNetwork[] = [
  {
    what: 'weights with NaN',
    model: () => chain({ initializers: { w_middle: spoiled('w_middle', [8, 8, 3, 3], NaN) } }),
    picture,
    left: { middle: /NaN or infinity/ },
    least: 0,
  },
  {
    what: 'weights with infinity',
    model: () => chain({ initializers: { w_middle: spoiled('w_middle', [8, 8, 3, 3], Infinity) } }),
    picture,
    left: { middle: /NaN or infinity/ },
    least: 0,
  },
  {
    what: 'a bias with NaN',
    model: () => chain({ initializers: { b_first: spoiled('b_first', [8], NaN) } }),
    picture,
    left: { first: /NaN or infinity/ },
    least: 0,
  },
  {
    what: 'a layer of zeros only',
    model: () => chain({ initializers: { w_middle: filled([8, 8, 3, 3], 0) } }),
    picture,
    least: 30,
  },
  {
    what: 'a layer of zeros only, without bias',
    model: () => chain({ initializers: { w_middle: filled([8, 8, 3, 3], 0), b_middle: filled([8], 0) } }),
    picture,
    least: 30,
  },
  {
    what: 'an activation that is always zero',
    model: () => chain({ initializers: { b_middle: filled([8], -100) } }),
    picture,
    least: 30,
  },
  {
    what: 'an activation that is always the same number',
    model: () => chain({ initializers: { w_first: filled([8, 3, 3, 3], 0), b_first: filled([8], 0.7) } }),
    picture,
    least: 30,
  },
  {
    what: 'a constant input activation behind Clip with equal bounds',
    model: () =>
      chain({
        nodes: [
          conv('x', 'c1', 'first'),
          ['Clip', ['c1', 'half', 'half'], ['r1'], {}, { name: 'clip' }],
          conv('r1', 'c2', 'middle'),
          ...tail,
        ],
        initializers: { half: Tensor.float32([], [0.5]) },
      }),
    picture,
    least: 30,
  },
  {
    what: 'weights of 1e-30',
    model: () => chain({ initializers: { w_first: randomTensor('w_first', [8, 3, 3, 3], 1e-30), b_first: filled([8], 0) } }),
    picture,
    least: 0,
  },
  {
    what: 'weights of 1e15',
    model: () => chain({ initializers: { w_first: randomTensor('w_first', [8, 3, 3, 3], 1e15) } }),
    picture,
    least: 20,
  },
  {
    what: 'a layer that calibration never reaches',
    model: () =>
      chain({
        outputs: ['y', 'z'],
        nodes: [
          ...head,
          conv('r1', 'c2', 'middle'),
          ...tail,
          ['Greater', ['f', 'huge'], ['found'], {}, { name: 'greater' }],
          ['NonZero', ['found'], ['at'], {}, { name: 'nonzero' }],
          ['Gather', ['at', 'zeroth'], ['row'], { axis: 0 }, { name: 'rows' }],
          ['Gather', ['f', 'row'], ['kept'], { axis: 0 }, { name: 'kept' }],
          ['Gemm', ['kept', 'w_never', 'b_last'], ['z'], { transB: 1 }, { name: 'never' }],
        ],
        initializers: { huge: Tensor.float32([], [1e6]), zeroth: Tensor.int64([], [0]), w_never: randomTensor('w_never', [5, 8]) },
      }),
    picture,
    least: 25,
  },
  {
    what: 'free height and width',
    model: () => chain({ inputs: [{ name: 'x', shape: ['N', 3, 'H', 'W'] }] }),
    picture,
    least: 25,
  },
  {
    what: 'an input of unknown shape',
    model: () => chain({ inputs: [{ name: 'x' }] }),
    picture,
    least: 25,
  },
  {
    what: 'weights used twice',
    model: () =>
      chain({
        nodes: [
          ...head,
          conv('r1', 'm', 'middle'),
          ['Relu', ['m'], ['rm'], {}, { name: 'relu3' }],
          conv('rm', 'c2', 'again', 'w_middle'),
          ...tail,
        ],
        initializers: { b_again: randomTensor('b_again', [8]) },
      }),
    picture,
    least: 25,
  },
  {
    what: 'weights and bias used twice',
    model: () =>
      chain({
        nodes: [
          ...head,
          conv('r1', 'm', 'middle'),
          ['Relu', ['m'], ['rm'], {}, { name: 'relu3' }],
          ['Conv', ['rm', 'w_middle', 'b_middle'], ['c2'], { pads: [1, 1, 1, 1] }, { name: 'again' }],
          ...tail,
        ],
      }),
    picture,
    least: 25,
  },
  {
    what: 'weights used twice, transposed once',
    model: () =>
      chain({
        nodes: [
          ...head,
          ['GlobalAveragePool', ['r1'], ['g'], {}, { name: 'pool' }],
          ['Flatten', ['g'], ['f'], {}, { name: 'flatten' }],
          ['MatMul', ['f', 'w_square'], ['h'], {}, { name: 'forth' }],
          ['Relu', ['h'], ['hr'], {}, { name: 'relu2' }],
          ['Transpose', ['w_square'], ['w_turned'], { perm: [1, 0] }, { name: 'turn' }],
          ['MatMul', ['hr', 'w_turned'], ['y'], {}, { name: 'back' }],
        ],
        initializers: { w_square: randomTensor('w_square', [8, 8]) },
      }),
    picture,
    least: 25,
  },
  {
    what: 'a weight that is an output of the model too',
    model: () => chain({ outputs: ['y', { name: 'w_middle', shape: [8, 8, 3, 3] }] }),
    picture,
    least: 25,
  },
  {
    what: 'a convolution whose weights are computed at run time',
    model: () =>
      chain({
        nodes: [
          ...head,
          ['ReduceMean', ['x'], ['level'], { axes: [0, 1, 2, 3], keepdims: 0 }, { name: 'level' }],
          ['Mul', ['w_middle', 'level'], ['w_made'], {}, { name: 'scale' }],
          ['Conv', ['r1', 'w_made', 'b_middle'], ['c2'], { pads: [1, 1, 1, 1] }, { name: 'middle' }],
          ...tail,
        ],
      }),
    picture,
    left: { middle: /computed at run time/ },
    least: 25,
  },
  {
    what: 'an If between the layers',
    model: () =>
      chain({
        nodes: [
          ...head,
          ['ReduceMax', ['r1'], ['top'], { keepdims: 0 }, { name: 'top' }],
          ['Greater', ['top', 'zero'], ['on'], {}, { name: 'on' }],
          ['If', ['on'], ['c2'], branches(), { name: 'choice' }],
          ...tail,
        ],
        initializers: { zero: Tensor.float32([], [0]) },
      }),
    picture,
    left: { choice: /only the main graph/ },
    least: 25,
  },
  {
    what: 'a Loop between the layers',
    model: () =>
      chain({
        nodes: [
          ...head,
          [
            'Loop',
            ['twice', '', 'r1'],
            ['c2'],
            {
              body: buildGraph({
                inputs: [{ name: 'i', type: 'int64', shape: [] }, { name: 'go', type: 'bool', shape: [] }, { name: 'state' }],
                nodes: [
                  ['Conv', ['state', 'w_middle'], ['state_out'], { pads: [1, 1, 1, 1] }],
                  ['Identity', ['go'], ['go_out']],
                ],
                outputs: [{ name: 'go_out', type: 'bool', shape: [] }, 'state_out'],
              }),
            },
            { name: 'loop' },
          ],
          ...tail,
        ],
        initializers: { twice: Tensor.int64([], [2]) },
      }),
    picture,
    left: { loop: /only the main graph/ },
    least: 25,
  },
  {
    what: 'several picture inputs',
    model: () =>
      chain({
        inputs: [
          { name: 'left', shape: ['N', ...picture] },
          { name: 'right', shape: ['N', ...picture] },
        ],
        nodes: [['Sub', ['left', 'right'], ['x'], {}, { name: 'difference' }], ...head, conv('r1', 'c2', 'middle'), ...tail],
      }),
    picture,
    error: { code: 'data.inputs', says: /"left", "right"/ },
    least: 0,
  },
  {
    what: 'pictures of another size than the input',
    model: () => chain({ inputs: [{ name: 'x', shape: [1, 3, 10, 10] }] }),
    picture,
    error: { code: 'data.shape', says: /3×8×8.*1×3×10×10|3, 8, 8.*3, 10, 10/ },
    least: 0,
  },
  {
    what: 'a fixed batch of two',
    model: () => chain({ inputs: [{ name: 'x', shape: [2, ...picture] }] }),
    picture,
    least: 25,
  },
  {
    what: 'a layer whose output nobody reads',
    model: () =>
      chain({
        nodes: [...head, conv('r1', 'unread', 'idle', 'w_middle'), conv('r1', 'c2', 'middle'), ...tail],
        initializers: { b_idle: randomTensor('b_idle', [8]) },
      }),
    picture,
    least: 25,
  },
  {
    what: 'the same value as both operands, and an output in the middle',
    model: () =>
      chain({
        outputs: ['y', 'r1'],
        nodes: [...head, ['Add', ['r1', 'r1'], ['d'], {}, { name: 'double' }], conv('d', 'c2', 'middle'), ...tail],
      }),
    picture,
    least: 25,
  },
  {
    what: 'an int64 input',
    model: () =>
      buildModel({
        inputs: [{ name: 'x', type: 'int64', shape: ['N', 4] }],
        outputs: ['y'],
        nodes: [
          ['Gather', ['table', 'x'], ['t'], { axis: 0 }, { name: 'table' }],
          ['MatMul', ['t', 'w_hidden'], ['h'], {}, { name: 'hidden' }],
          ['Relu', ['h'], ['r'], {}, { name: 'relu' }],
          ['MatMul', ['r', 'w_out'], ['y'], {}, { name: 'out' }],
        ],
        initializers: {
          table: randomTensor('table', [10, 6]),
          w_hidden: randomTensor('w_hidden', [6, 8]),
          w_out: randomTensor('w_out', [8, 3]),
        },
      }),
    picture: [4],
    unjudged: /output "y" is .* no list of class scores/,
    least: 25,
  },
  {
    what: 'a model that is quantized already',
    model: () =>
      buildModel({
        inputs: [{ name: 'x', shape: ['N', ...picture] }],
        outputs: ['y'],
        nodes: [
          ['QuantizeLinear', ['x', 's', 'z'], ['xq'], {}, { name: 'q' }],
          ['DequantizeLinear', ['xq', 's', 'z'], ['xd'], {}, { name: 'dq' }],
          ['DequantizeLinear', ['wq', 's', 'wz'], ['wd'], {}, { name: 'dqw' }],
          ['Conv', ['xd', 'wd'], ['c'], {}, { name: 'conv' }],
          ['QuantizeLinear', ['c', 's', 'z'], ['cq'], {}, { name: 'q2' }],
          ['DequantizeLinear', ['cq', 's', 'z'], ['y'], {}, { name: 'dq2' }],
        ],
        initializers: {
          s: Tensor.float32([], [0.05]),
          z: Tensor.of(DataType.uint8, [], Uint8Array.of(128)),
          wz: Tensor.of(DataType.int8, [], Int8Array.of(0)),
          wq: Tensor.of(
            DataType.int8,
            [4, 3, 3, 3],
            Int8Array.from({ length: 108 }, (_, i) => (i * 37) % 120),
          ),
        },
      }),
    picture,
    error: { code: 'quantize.nothing', says: /quantized already/ },
    least: 0,
  },
];
