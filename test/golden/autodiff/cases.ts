import type { attributes } from '../../../src/engine/onnx/graph.ts';

/** One operator at one shape. Inputs are drawn evenly from `range`; integers and fixed numbers are given as lists. */
export interface Case {
  readonly op: string;
  readonly shapes: readonly (readonly number[])[];
  readonly attributes?: Parameters<typeof attributes>[0];
  /** Inputs behind the drawn ones, or in their midst: constants by index. */
  readonly fixed?: Readonly<
    Record<
      number,
      {
        readonly dims: readonly number[];
        readonly ints?: readonly number[];
        readonly floats?: readonly number[];
        readonly bools?: readonly number[];
      }
    >
  >;
  readonly range?: readonly [number, number];
  /** Numbers that inputs keep away from (by 0.05): kinks. */
  readonly kinks?: readonly number[];
  /** All elements of an input differ by at least this: ties of Max and MaxPool. */
  readonly distinct?: boolean;
  readonly outputs?: number;
  readonly domain?: string;
  readonly opset?: number;
  /** Linear functions are checked with a long step, where float32 has no rounding to speak of. */
  readonly linear?: boolean;
  /** Indices of drawn inputs whose gradient is not asked for. */
  readonly skip?: readonly number[];
}

const s = [2, 3, 4, 5] as const;
const unary = (op: string, more: Partial<Case> = {}): Case => ({ op, shapes: [[3, 7]], range: [-2, 2], ...more });
const reduce = (op: string, more: Partial<Case> = {}): Case[] =>
  [[[1, 3], 1] as const, [[-1], 0] as const].map(([axes, keepdims]) => ({
    op,
    shapes: [s],
    attributes: { keepdims },
    fixed: { 1: { dims: [axes.length], ints: axes } },
    ...more,
  }));
const ints = (...values: number[]): { dims: number[]; ints: number[] } => ({ dims: [values.length], ints: values });

export const cases: readonly Case[] = [
  ...['Neg', 'Exp', 'Erf', 'Sin', 'Cos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Sigmoid', 'Tanh', 'Softplus', 'Gelu', 'Mish'].map((op) => unary(op)),
  unary('Gelu', { attributes: { approximate: 'tanh' } }),
  unary('Gelu', { domain: 'com.microsoft' }),
  unary('QuickGelu', { domain: 'com.microsoft' }),
  { op: 'BiasGelu', domain: 'com.microsoft', shapes: [[3, 4], [4]] },
  { op: 'FastGelu', domain: 'com.microsoft', shapes: [[3, 4], [4]] },
  ...['Sqrt', 'Log', 'Reciprocal'].map((op) => unary(op, { range: [0.5, 3] })),
  ...['Tan', 'Asin', 'Acos', 'Atanh'].map((op) => unary(op, { range: [-0.8, 0.8] })),
  unary('Acosh', { range: [1.5, 3] }),
  ...['Abs', 'Softsign', 'Relu', 'LeakyRelu', 'Elu', 'Selu'].map((op) => unary(op, { kinks: [0] })),
  unary('LeakyRelu', { kinks: [0], attributes: { alpha: 0.3 } }),
  unary('Celu', { kinks: [0], attributes: { alpha: 1.5 } }),
  unary('HardSigmoid', { kinks: [-2.5, 2.5], range: [-4, 4] }),
  unary('HardSwish', { kinks: [-3, 3], range: [-4, 4] }),
  unary('ThresholdedRelu', { kinks: [1] }),
  unary('Shrink', { kinks: [-0.5, 0.5], attributes: { lambd: 0.5, bias: 0.25 } }),
  unary('Clip', { kinks: [-1, 1], fixed: { 1: { dims: [], floats: [-1] }, 2: { dims: [], floats: [1] } } }),
  unary('Clip', { kinks: [0], fixed: { 1: { dims: [], floats: [0] } } }),
  { op: 'PRelu', shapes: [[2, 3, 4], [3, 1]], kinks: [0] },
  ...['Add', 'Sub', 'Mul'].flatMap((op): Case[] => [
    { op, shapes: [[2, 3, 4], [3, 1]] },
    { op, shapes: [[4], [2, 3, 4]] },
  ]),
  { op: 'Div', shapes: [[2, 3, 4], [3, 1]], range: [0.5, 2] },
  { op: 'Pow', shapes: [[2, 3, 4], [4]], range: [0.5, 2] },
  { op: 'Pow', shapes: [[2, 3]], fixed: { 1: { dims: [], floats: [2] } } },
  { op: 'Pow', shapes: [[2, 3]], fixed: { 1: { dims: [], floats: [1.5] } }, range: [0.5, 2] },
  { op: 'Max', shapes: [[2, 3], [3], [1]], distinct: true },
  { op: 'Min', shapes: [[2, 3], [3]], distinct: true },
  { op: 'Sum', shapes: [[2, 3], [3], [1]], linear: true },
  { op: 'Mean', shapes: [[2, 3], [3]], linear: true },
  { op: 'Where', shapes: [[3], [2, 3]], fixed: { 0: { dims: [2, 1], bools: [1, 0] } }, linear: true },
  unary('Swish', { opset: 24, attributes: { alpha: 1.25 } }),
  { op: 'RMSNormalization', shapes: [[2, 3, 8], [8]], opset: 23 },
  { op: 'Mod', shapes: [[2, 3], [3]], attributes: { fmod: 1 }, range: [2.1, 2.9] },
  { op: 'Dropout', shapes: [[2, 3]], linear: true },
  { op: 'Cast', shapes: [[2, 3]], attributes: { to: 1 }, linear: true },
  { op: 'Identity', shapes: [[2, 3]], linear: true },
  { op: 'Reshape', shapes: [[2, 6]], fixed: { 1: ints(3, -1) }, linear: true },
  { op: 'Flatten', shapes: [s], linear: true },
  { op: 'Squeeze', shapes: [[1, 3, 1]], fixed: { 1: ints(0) }, linear: true },
  { op: 'Unsqueeze', shapes: [[3]], fixed: { 1: ints(0, 2) }, linear: true },
  { op: 'Transpose', shapes: [s], attributes: { perm: [2, 0, 3, 1] }, linear: true },
  { op: 'Transpose', shapes: [[2, 3]], linear: true },
  { op: 'Concat', shapes: [[2, 3], [2, 1], [2, 2]], attributes: { axis: -1 }, linear: true },
  { op: 'Split', shapes: [[2, 6]], fixed: { 1: ints(1, 3, 2) }, attributes: { axis: 1 }, outputs: 3, linear: true },
  { op: 'Slice', shapes: [s], fixed: { 1: ints(1, -4), 2: ints(3, 100), 3: ints(1, 3) }, linear: true },
  { op: 'Slice', shapes: [s], fixed: { 1: ints(0, -1), 2: ints(4, -100), 3: ints(2, -1), 4: ints(2, -2) }, linear: true },
  { op: 'Gather', shapes: [[4, 3]], fixed: { 1: { dims: [2, 2], ints: [0, 2, 2, -1] } }, linear: true },
  { op: 'Gather', shapes: [s], fixed: { 1: { dims: [], ints: [1] } }, attributes: { axis: 2 }, linear: true },
  { op: 'GatherElements', shapes: [[3, 3]], fixed: { 1: { dims: [2, 3], ints: [0, 1, 2, 0, 0, 1] } }, linear: true },
  { op: 'GatherND', shapes: [[3, 3, 2]], fixed: { 1: { dims: [2, 2], ints: [0, 1, 0, 1] } }, linear: true },
  { op: 'ScatterElements', shapes: [[3, 3], [2, 3]], fixed: { 1: { dims: [2, 3], ints: [0, 1, 2, 1, 0, 0] } }, linear: true },
  { op: 'ScatterND', shapes: [[4, 2], [2, 2]], fixed: { 1: { dims: [2, 1], ints: [3, 1] } }, linear: true },
  { op: 'Pad', shapes: [s], fixed: { 1: ints(0, 0, 1, 2, 0, 1, 0, 3) }, linear: true },
  { op: 'Pad', shapes: [s], fixed: { 1: ints(0, 0, 1, -1, 0, 0, 2, 0) }, linear: true },
  { op: 'Pad', shapes: [s], fixed: { 1: ints(0, 0, 1, 2, 0, 0, 2, 3) }, attributes: { mode: 'reflect' }, linear: true },
  { op: 'Pad', shapes: [s], fixed: { 1: ints(0, 1, 1, 2, 0, 0, 2, 3) }, attributes: { mode: 'edge' }, linear: true },
  { op: 'Tile', shapes: [[2, 3]], fixed: { 1: ints(3, 2) }, linear: true },
  { op: 'Expand', shapes: [[3, 1]], fixed: { 1: ints(2, 3, 4) }, linear: true },
  { op: 'DepthToSpace', shapes: [[2, 8, 2, 3]], attributes: { blocksize: 2 }, linear: true },
  { op: 'DepthToSpace', shapes: [[2, 8, 2, 3]], attributes: { blocksize: 2, mode: 'CRD' }, linear: true },
  { op: 'SpaceToDepth', shapes: [[2, 3, 4, 6]], attributes: { blocksize: 2 }, linear: true },
  { op: 'CumSum', shapes: [[3, 4]], fixed: { 1: { dims: [], ints: [1] } }, attributes: { exclusive: 1 }, linear: true },
  ...['nearest', 'linear', 'cubic'].flatMap((mode) =>
    ['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel'].map((coordinates): Case => ({
      op: 'Resize',
      shapes: [[1, 2, 4, 5]],
      fixed: { 1: { dims: [0], floats: [] }, 2: { dims: [0], floats: [] }, 3: ints(1, 2, 7, 3) },
      attributes: { mode, coordinate_transformation_mode: coordinates },
      linear: true,
    })),
  ),
  { op: 'Resize', shapes: [[1, 2, 4, 5]], fixed: { 1: { dims: [0], floats: [] }, 2: { dims: [4], floats: [1, 1, 2, 2] } }, attributes: { nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' }, linear: true },
  ...['ReduceSum', 'ReduceMean'].flatMap((op) => reduce(op, { linear: true })),
  ...['ReduceMax', 'ReduceMin'].flatMap((op) => reduce(op, { distinct: true })),
  ...['ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].flatMap((op) => reduce(op)),
  ...['ReduceProd', 'ReduceLogSum'].flatMap((op) => reduce(op, { range: [0.5, 1.5] })),
  ...reduce('ReduceL1', { kinks: [0] }),
  ...['Softmax', 'LogSoftmax'].flatMap((op): Case[] => [
    { op, shapes: [[3, 5]] },
    { op, shapes: [s], attributes: { axis: 1 } },
  ]),
  { op: 'MatMul', shapes: [[2, 3, 4], [4, 5]] },
  { op: 'MatMul', shapes: [[2, 3, 4], [2, 4, 5]] },
  { op: 'MatMul', shapes: [[3, 4], [2, 4, 5]] },
  { op: 'MatMul', shapes: [[2, 1, 3, 4], [5, 4, 2]] },
  { op: 'MatMul', shapes: [[4], [4, 5]] },
  { op: 'MatMul', shapes: [[2, 3, 4], [4]] },
  ...[0, 1].flatMap((transA) =>
    [0, 1].map((transB): Case => ({
      op: 'Gemm',
      shapes: [transA ? [4, 3] : [3, 4], transB ? [5, 4] : [4, 5], [5]],
      attributes: { transA, transB, alpha: 0.5, beta: 2.5 },
    })),
  ),
  { op: 'Einsum', shapes: [[2, 3, 4], [2, 4, 5]], attributes: { equation: 'bij,bjk->bik' } },
  { op: 'Einsum', shapes: [[2, 3], [4]], attributes: { equation: 'ij,k->i' } },
  { op: 'Conv', shapes: [[2, 3, 6, 7], [4, 3, 3, 3], [4]], attributes: { pads: [1, 1, 1, 1] } },
  { op: 'Conv', shapes: [[2, 3, 6, 7], [4, 3, 1, 1], [4]] },
  { op: 'Conv', shapes: [[2, 4, 7, 8], [6, 2, 3, 3]], attributes: { pads: [1, 0, 2, 1], strides: [2, 2], group: 2 } },
  { op: 'Conv', shapes: [[2, 4, 9, 9], [4, 1, 3, 3]], attributes: { group: 4, dilations: [2, 2], pads: [2, 2, 2, 2] } },
  { op: 'Conv', shapes: [[2, 4, 8, 8], [4, 1, 3, 3]], attributes: { group: 4, strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  { op: 'Conv', shapes: [[2, 3, 6, 6], [4, 3, 1, 1]], attributes: { strides: [2, 2] } },
  { op: 'Conv', shapes: [[2, 3, 6, 6], [4, 3, 2, 2]], attributes: { pads: [3, 3, 3, 3] } },
  { op: 'Conv', shapes: [[2, 3, 9], [4, 3, 4]], attributes: { strides: [3], pads: [1, 2] } },
  { op: 'Conv', shapes: [[1, 2, 4, 5, 4], [3, 2, 2, 3, 2]], attributes: { strides: [1, 2, 1] } },
  { op: 'Conv', shapes: [[2, 5, 3, 4], [2, 5, 1, 1]] },
  { op: 'Conv', shapes: [[3, 2, 7, 8], [3, 2, 3, 3]], attributes: { dilations: [2, 1] } },
  { op: 'Conv', shapes: [[6, 2, 24, 24], [3, 2, 3, 3]], attributes: { pads: [1, 1, 1, 1] } },
  { op: 'Conv', shapes: [[4, 2, 6, 7], [4, 1, 3, 3]], attributes: { group: 2, pads: [0, 1, 1, 0] } },
  { op: 'Conv', shapes: [[8, 2, 9, 9], [2, 1, 3, 3], [2]], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  { op: 'Conv', shapes: [[8, 3, 4, 5], [3, 1, 3, 3], [3]], attributes: { group: 3, pads: [1, 0, 2, 1] } },
  { op: 'Conv', shapes: [[8, 2, 6, 5], [2, 1, 3, 2]], attributes: { group: 2, strides: [2, 1], auto_pad: 'SAME_LOWER' } },
  { op: 'Conv', shapes: [[9, 2, 5, 5], [2, 1, 3, 3]], attributes: { group: 2, dilations: [2, 1], pads: [2, 1, 2, 1] } },
  { op: 'Conv', shapes: [[32, 3, 2, 2], [4, 3, 3, 3], [4]], attributes: { pads: [1, 1, 1, 1] } },
  { op: 'Conv', shapes: [[32, 2, 3, 2], [3, 2, 3, 2]], attributes: { pads: [1, 0, 0, 0], strides: [2, 1] } },
  { op: 'Conv', shapes: [[8, 3, 7], [3, 1, 3]], attributes: { group: 3, strides: [2] } },
  { op: 'ConvTranspose', shapes: [[2, 3, 4, 5], [3, 4, 3, 3], [4]], attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0] } },
  { op: 'ConvTranspose', shapes: [[2, 4, 4, 5], [4, 2, 2, 2]], attributes: { group: 2, strides: [2, 2] } },
  { op: 'ConvTranspose', shapes: [[1, 2, 4, 4], [2, 3, 3, 3]], attributes: { strides: [2, 2], auto_pad: 'SAME_LOWER' } },
  { op: 'AveragePool', shapes: [[2, 3, 6, 7]], attributes: { kernel_shape: [2, 3], strides: [2, 2] }, linear: true },
  { op: 'AveragePool', shapes: [[2, 3, 6, 7]], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, linear: true },
  { op: 'AveragePool', shapes: [[2, 3, 6, 7]], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2], count_include_pad: 1, ceil_mode: 1 }, linear: true },
  { op: 'MaxPool', shapes: [[2, 3, 6, 8]], attributes: { kernel_shape: [2, 2], strides: [2, 2] }, distinct: true },
  { op: 'MaxPool', shapes: [[2, 3, 12]], attributes: { kernel_shape: [3], strides: [3] }, distinct: true },
  { op: 'MaxPool', shapes: [[2, 3, 7, 7]], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, distinct: true },
  { op: 'MaxPool', shapes: [[1, 2, 7, 8]], attributes: { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }, distinct: true },
  { op: 'GlobalAveragePool', shapes: [s], linear: true },
  { op: 'GlobalMaxPool', shapes: [s], distinct: true },
  { op: 'BatchNormalization', shapes: [s, [3], [3]], fixed: { 3: { dims: [3], floats: [0.1, -0.2, 0.3] }, 4: { dims: [3], floats: [1, 0.5, 2] } } },
  { op: 'BatchNormalization', shapes: [s, [3], [3]], fixed: { 3: { dims: [3], floats: [0, 0, 0] }, 4: { dims: [3], floats: [1, 1, 1] } }, attributes: { training_mode: 1 } },
  { op: 'LayerNormalization', shapes: [[2, 3, 8], [8], [8]] },
  { op: 'LayerNormalization', shapes: [[2, 3, 4], [3, 4]], attributes: { axis: 1 } },
  { op: 'InstanceNormalization', shapes: [s, [3], [3]] },
  { op: 'GroupNormalization', shapes: [[2, 4, 3, 3], [4], [4]], attributes: { num_groups: 2 } },
  { op: 'LRN', shapes: [[2, 6, 3, 3]], attributes: { size: 3, alpha: 0.3 } },
  { op: 'LpNormalization', shapes: [[3, 5]], attributes: { axis: 1, p: 2 } },
  { op: 'LpNormalization', shapes: [[3, 5]], attributes: { axis: 1, p: 1 }, kinks: [0] },
]; // prettier-ignore
