import { DataType } from '../../src/engine/onnx/data-type.ts';
import { floatAttribute, type Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { followed } from '../../src/engine/ops/channels/index.ts';
import { buildModel, type BuildNode } from './model-builder.ts';
import { randomTensor } from './odd-networks.ts';

/** One operator between two layers: the first makes 6 channels, the second reads what the operator makes of them. */
export interface ChannelCase {
  readonly op: string;
  readonly model: () => Model;
  /** What is said of channels that stay; absent: those of the first layer can go. */
  readonly stays?: RegExp;
  /** Not a model that ONNX Runtime 1.30 runs: followed and cut only. */
  readonly notRun?: boolean;
}

type Attributes = NonNullable<BuildNode[3]>;

interface Between {
  /** Operands behind the first, by name. */
  readonly operands?: Readonly<Record<string, Tensor>>;
  /** All operand names, where the value is not the first alone; "h" is the value. */
  readonly inputs?: readonly string[];
  readonly attributes?: Attributes;
  readonly opset?: number;
  readonly domain?: string;
  /** Channels behind it. */
  readonly channels?: number;
  readonly stays?: RegExp;
  readonly notRun?: boolean;
  /** More nodes in front of the second layer; they make "z" from "y". */
  readonly behind?: readonly BuildNode[];
  readonly outputs?: readonly string[];
}

const ints = (...values: number[]): Tensor => Tensor.int64([values.length], values);

/** x → Conv → op → Conv. */
function between(op: string, parts: Between = {}): ChannelCase {
  const { operands = {}, inputs = ['h', ...Object.keys(operands)], channels = 6, behind = [], outputs = ['y'] } = parts;
  const model = (): Model =>
    buildModel({
      opset: parts.opset ?? 17,
      domains: parts.domain === undefined ? {} : { [parts.domain]: 1 },
      inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
      outputs: ['out'],
      nodes: [
        ['Conv', ['x', 'w1', 'b1'], ['h'], {}, { name: 'first' }],
        [op, inputs, outputs, parts.attributes, { name: 'between', ...(parts.domain !== undefined && { domain: parts.domain }) }],
        ...behind,
        ['Conv', [behind.length ? 'z' : 'y', 'w2'], ['out'], {}, { name: 'last' }],
      ],
      initializers: {
        w1: randomTensor('w1', [6, 3, 1, 1]),
        b1: randomTensor('b1', [6]),
        w2: randomTensor('w2', [2, channels, 1, 1]),
        ...operands,
      },
    });
  return { op, model, ...(parts.stays && { stays: parts.stays }), ...(parts.notRun && { notRun: true }) };
}

const bytes = (type: DataType, dims: readonly number[], values: readonly number[]): Tensor =>
  new Tensor(type, dims, { kind: 'bytes', bytes: Uint8Array.from(values, (value) => value & 255) });
const drawn = (name: string, dims: readonly number[]): Tensor =>
  bytes(
    DataType.int8,
    dims,
    Array.from(randomTensor(name, dims, 30).toFloat32(), (value) => Math.max(-127, Math.min(127, Math.round(value)))),
  );
const float = (value: number): Tensor => Tensor.float32([], [value]);
const byte = (value: number): Tensor => bytes(DataType.uint8, [], [value]);
const vector = (values: readonly number[]): Tensor => Tensor.float32([values.length], values);

/** x → QuantizeLinear → QLinearConv → op → QLinearConv → DequantizeLinear, uint8 on one scale. */
function quantized(
  op: string,
  parts: { inputs: readonly string[]; attributes?: Attributes; domain?: string; operands?: Readonly<Record<string, Tensor>> },
): ChannelCase {
  const model = (): Model =>
    buildModel({
      opset: 17,
      domains: { 'com.microsoft': 1 },
      inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
      outputs: ['out'],
      nodes: [
        ['QuantizeLinear', ['x', 's', 'z'], ['xq']],
        ['QLinearConv', ['xq', 's', 'z', 'w1', 'ws', 'wz', 's', 'z', 'b1'], ['h'], {}, { name: 'first' }],
        [op, parts.inputs, ['y'], parts.attributes, { name: 'between', domain: parts.domain ?? 'com.microsoft' }],
        ['QLinearConv', ['y', 's', 'z', 'w2', 's', 'z2', 's', 'z'], ['q'], {}, { name: 'last' }],
        ['DequantizeLinear', ['q', 's', 'z'], ['out']],
      ],
      initializers: {
        s: float(0.05),
        z: byte(128),
        w1: drawn('w1', [6, 3, 1, 1]),
        ws: vector([0.01, 0.02, 0.03, 0.04, 0.05, 0.06]),
        wz: bytes(DataType.int8, [6], [0, 0, 0, 0, 0, 0]),
        b1: new Tensor(DataType.int32, [6], { kind: 'bytes', bytes: new Uint8Array(24) }),
        w2: drawn('w2', [2, 6, 1, 1]),
        z2: bytes(DataType.int8, [], [3]),
        ...parts.operands,
      },
    });
  return { op, model };
}

/** Token rows: x [1, 4, 3] → MatMul → op → MatMul; products whose operands are quantized on the way. */
function rows(op: string, nodes: readonly BuildNode[], initializers: Readonly<Record<string, Tensor>>, stays?: RegExp): ChannelCase {
  const model = (): Model =>
    buildModel({
      domains: { 'com.microsoft': 1 },
      inputs: [{ name: 'x', shape: [4, 3] }],
      outputs: ['out'],
      nodes: [['MatMul', ['x', 'w1'], ['h'], {}, { name: 'first' }], ...nodes],
      initializers: { w1: randomTensor('w1', [3, 6]), w2: randomTensor('w2', [6, 2]), ...initializers },
    });
  return { op, model, ...(stays && { stays }) };
}

const last: BuildNode = ['MatMul', ['y', 'w2'], ['out'], {}, { name: 'last' }];
const along = randomTensor('along', [1, 6, 1, 1]);
const asBool: BuildNode[] = [['Cast', ['y'], ['z'], { to: 1 }]];
const mixes = /mixes channels/;

const special: readonly ChannelCase[] = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Sum', 'Mean'].map((op) => between(op, { operands: { c: along } })),
  between('Pow', { operands: { c: vector([2]) } }),
  between('Mod', { operands: { c: along }, attributes: { fmod: 1 } }),
  between('PRelu', { operands: { c: randomTensor('slope', [6, 1, 1]) } }),
  ...['Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual'].map((op) => between(op, { operands: { c: along }, behind: asBool })),
  between('Where', { inputs: ['m', 'h', 'c'], operands: { m: bytes(DataType.bool, [6, 1, 1], [1, 0, 1, 1, 0, 1]), c: along } }),
  ...['And', 'Or', 'Xor'].map((op) => between(op, { inputs: ['h', 'h'], behind: asBool, notRun: true })),
  ...['BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BitwiseNot'].map((op) => between(op, { opset: 18, notRun: true })),
  ...['Not', 'IsNaN', 'IsInf'].map((op) => between(op, { behind: asBool, notRun: op === 'Not' })),
  // Where they are not defined the masked model would compute NaN · 0.
  ...['Sqrt', 'Log', 'Asin', 'Acos', 'Acosh', 'Atanh'].map((op) => between(op, { notRun: true })),
  ...['BiasGelu', 'FastGelu'].map((op) => between(op, { domain: 'com.microsoft', inputs: ['h', 'c'], operands: { c: vector([0, 0, 0, 1]) } })),
  between('QuickGelu', { domain: 'com.microsoft' }),
  ...['Mish', 'Gelu', 'Swish'].map((op) => between(op, { opset: op === 'Swish' ? 24 : 20, notRun: op === 'Swish' })),
  between('Clip', { operands: { low: float(-0.2), high: float(0.3) } }),
  between('Cast', { attributes: { to: 1 } }),
  between('Conv', { operands: { w: randomTensor('depthwise', [6, 1, 3, 3]) }, attributes: { group: 6, pads: [1, 1, 1, 1] } }),
  between('FusedConv', { domain: 'com.microsoft', operands: { w: randomTensor('fused', [6, 6, 1, 1]) }, attributes: { activation: 'Relu' } }),
  between('ConvTranspose', { operands: { w: randomTensor('grouped', [6, 2, 2, 2]) }, attributes: { group: 2 }, channels: 4 }),
  between('ConvTranspose', { operands: { w: randomTensor('by channel', [6, 1, 2, 2]) }, attributes: { group: 6 } }),
  ...['MaxPool', 'AveragePool', 'LpPool'].map((op) => between(op, { attributes: { kernel_shape: [2, 2] } })),
  between('MaxPool', { attributes: { kernel_shape: [2, 2] }, outputs: ['y', 'places'], behind: [['Cast', ['places'], ['z'], { to: 1 }]], stays: /counts places over all channels/ }),
  ...['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'].map((op) => between(op)),
  between('BatchNormalization', { operands: { a: vector([1, 2, 3, 4, 5, 6]), b: vector([1, 0, 1, 0, 1, 0]), c: vector([0, 0, 1, 1, 0, 0]), d: vector([1, 2, 1, 2, 1, 2]) } }),
  between('InstanceNormalization', { operands: { a: vector([1, 2, 3, 4, 5, 6]), b: vector([1, 0, 1, 0, 1, 0]) } }),
  between('GroupNormalization', { opset: 18, operands: { a: vector([1, 2]), b: vector([0, 1]) }, attributes: { num_groups: 2 }, stays: mixes, notRun: true }),
  between('LayerNormalization', { operands: { a: vector([1, 1, 2, 1]) } }),
  between('LayerNormalization', { operands: { a: randomTensor('norm', [6, 4, 4]) }, attributes: { axis: 1 }, stays: mixes }),
  between('RMSNormalization', { opset: 23, operands: { a: vector([1, 1, 2, 1]) }, notRun: true }),
  between('LRN', { attributes: { size: 3 }, stays: mixes }),
  between('LpNormalization', { attributes: { axis: 1 }, stays: mixes }),
  between('LpNormalization', { attributes: { axis: 3 } }),
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op) => [between(op, { attributes: { axis: 1 }, stays: mixes }), between(op)]),
  between('Softmax', { opset: 11, attributes: { axis: 2 } }),
  between('Softmax', { opset: 11, attributes: { axis: 1 }, stays: mixes }),
  between('MeanVarianceNormalization'),
  between('MeanVarianceNormalization', { attributes: { axes: [0, 1, 2, 3] }, stays: mixes }),
  between('CumSum', { operands: { a: ints(2) } }),
  between('CumSum', { operands: { a: ints(1) }, stays: mixes }),
  ...followed
    .filter((op) => op.startsWith('Reduce'))
    .flatMap((op) => {
      const axes = (...values: number[]): Between => (op === 'ReduceSum' ? { operands: { a: ints(...values) } } : { attributes: { axes: values } });
      return [between(op, axes(2, 3)), between(op, { ...axes(1), channels: 1, stays: mixes })];
    }),
  ...['ArgMax', 'ArgMin'].map((op) => between(op, { attributes: { axis: 1 }, channels: 1, behind: asBool, stays: /compares channels/ })),
  between('Reshape', { operands: { a: ints(1, 6, 2, 8) } }),
  between('Flatten', { behind: [['Reshape', ['y', 'r'], ['z']]], inputs: ['h'], operands: { r: ints(1, 6, 4, 4) } }),
  between('Squeeze', { operands: { a: ints(0) }, behind: [['Unsqueeze', ['y', 'a'], ['z']]] }),
  between('Unsqueeze', { operands: { a: ints(0) }, behind: [['Squeeze', ['y', 'a'], ['z']]] }),
  between('Transpose', { attributes: { perm: [0, 2, 1, 3] }, behind: [['Transpose', ['y'], ['z'], { perm: [0, 2, 1, 3] }]] }),
  between('DepthToSpace', { attributes: { blocksize: 1 } }),
  between('SpaceToDepth', { attributes: { blocksize: 2 }, channels: 24 }),
  between('Concat', { inputs: ['h', 'c', 'h'], operands: { c: randomTensor('more', [1, 2, 4, 4]) }, attributes: { axis: 1 }, channels: 14 }),
  between('Split', { operands: { a: ints(2, 4) }, attributes: { axis: 1 }, outputs: ['y', 'rest'], channels: 6, behind: [['Concat', ['rest', 'y'], ['z'], { axis: 1 }]] }),
  between('Split', { opset: 9, attributes: { axis: 1, split: [2, 4] }, outputs: ['y', 'rest'], behind: [['Concat', ['rest', 'y'], ['z'], { axis: 1 }]] }),
  between('Split', { opset: 18, attributes: { axis: 1, num_outputs: 2 }, outputs: ['y', 'rest'], behind: [['Concat', ['rest', 'y'], ['z'], { axis: 1 }]] }),
  between('Slice', { operands: { a: ints(1), b: ints(9), c: ints(1) }, channels: 5 }),
  between('Slice', { operands: { a: ints(-1), b: ints(-7), c: ints(1), d: ints(-1) }, stays: /turns the order/ }),
  between('Slice', { opset: 9, attributes: { starts: [2], ends: [6], axes: [1] }, channels: 4 }),
  between('Gather', { operands: { a: ints(5, 0, -2, 0) }, attributes: { axis: 1 }, channels: 4 }),
  between('Pad', { operands: { a: ints(0, 2, 1, 1, 0, 1, 1, 1) }, channels: 9 }),
  between('Pad', { operands: { a: ints(0, 2, 0, 0, 0, 0, 0, 0) }, attributes: { mode: 'reflect' }, channels: 8, stays: /at a border/ }),
  between('Pad', { opset: 9, attributes: { pads: [0, -1, 0, 0, 0, 2, 0, 0] }, channels: 7 }),
  between('Resize', { inputs: ['h', '', 'a'], operands: { a: vector([1, 1, 2, 2]) } }),
  between('Resize', { inputs: ['h', '', '', 'a'], operands: { a: ints(1, 6, 8, 6) } }),
  between('Upsample', { opset: 9, operands: { a: vector([1, 1, 2, 2]) } }),
  between('Expand', { operands: { a: ints(2, 6, 4, 4) } }),
  between('ConstantOfShape', { inputs: ['a'], operands: { a: ints(1, 6, 4, 4) }, behind: [['Add', ['y', 'h'], ['z']]] }),
  between('Tile', { operands: { a: ints(1, 2, 2, 1) }, channels: 12 }),
  between('Shape', { behind: [['Cast', ['y'], ['n'], { to: 1 }], ['ReduceProd', ['n'], ['p'], { keepdims: 0 }], ['Mul', ['h', 'p'], ['z']]], stays: /reckoned with/ }),
  between('Size', { behind: [['Cast', ['y'], ['n'], { to: 1 }], ['Mul', ['h', 'n'], ['z']]], stays: /counts elements/ }),
  between('GridSample', { inputs: ['h', 'g'], operands: { g: randomTensor('grid', [1, 2, 2, 2]) } }),
  between('Einsum', { inputs: ['h', 'e'], operands: { e: randomTensor('e', [6, 5]) }, attributes: { equation: 'nchw,cd->ndhw' }, channels: 5 }),
  between('Einsum', { inputs: ['h', 'e'], operands: { e: randomTensor('e', [6, 5]) }, attributes: { equation: '...chw,cd->...dhw' }, channels: 5, stays: /equation/, notRun: true }),
  rows('MatMul', [['MatMul', ['h', 'w'], ['y']], last], { w: randomTensor('w', [6, 6]) }),
  rows('FusedMatMul', [['FusedMatMul', ['h', 'w'], ['y'], { transB: 1, alpha: floatAttribute(2) }, { domain: 'com.microsoft' }], last], { w: randomTensor('w', [6, 6]) }),
  rows('Gemm', [['Gemm', ['h', 'w', 'b'], ['y'], { transB: 1 }], last], { w: randomTensor('w', [6, 6]), b: randomTensor('b', [1, 6]) }),
  rows('DynamicQuantizeLinear', [['DynamicQuantizeLinear', ['h'], ['q', 's', 'z']], ['DequantizeLinear', ['q', 's', 'z'], ['y']], last], {}, /over all channels/),
  rows('DynamicQuantizeMatMul', [['DynamicQuantizeMatMul', ['h', 'w', 's'], ['y'], {}, { domain: 'com.microsoft' }], last], { w: drawn('w', [6, 6]), s: vector([0.1]) }, /over all channels/),
  ...(['MatMulInteger', 'MatMulIntegerToFloat', 'QLinearMatMul', 'QGemm', 'QuantizeLinear', 'DequantizeLinear'] as const).map((op) =>
    rows(op, [['QuantizeLinear', ['h', 's', 'z'], ['q']], ...integerProduct(op), last], {
      s: float(0.05), z: byte(128), w: drawn('w', [6, 6]), ws: vector([0.01, 0.02, 0.03, 0.04, 0.05, 0.06]), wz: bytes(DataType.int8, [6], [0, 0, 0, 0, 0, 0]), one: float(0.01), zero: bytes(DataType.int8, [], [2]),
    }),
  ),
  { op: 'ConvInteger', model: convInteger },
  quantized('QLinearConv', { domain: '', inputs: ['h', 's', 'z', 'w', 'ws', 'wz', 's', 'z'], operands: { w: drawn('w', [6, 6, 1, 1]) } }),
  quantized('QLinearAdd', { inputs: ['h', 's', 'z', 'c', 's', 'z', 's', 'z'], operands: { c: bytes(DataType.uint8, [6, 1, 1], [1, 50, 200, 3, 4, 90]) } }),
  quantized('QLinearMul', { inputs: ['h', 's', 'z', 'c', 's', 'z', 's', 'z'], operands: { c: bytes(DataType.uint8, [6, 1, 1], [1, 50, 200, 3, 4, 90]) } }),
  quantized('QLinearWhere', { inputs: ['m', 'h', 's', 'z', 'c', 's', 'z', 's', 'z'], operands: { m: bytes(DataType.bool, [6, 1, 1], [1, 0, 1, 1, 0, 1]), c: bytes(DataType.uint8, [6, 1, 1], [1, 50, 200, 3, 4, 90]) } }),
  quantized('QLinearSigmoid', { inputs: ['h', 's', 'z', 's', 'z'] }),
  quantized('QLinearLeakyRelu', { inputs: ['h', 's', 'z', 's', 'z'], attributes: { alpha: floatAttribute(0.5) } }),
  quantized('QLinearConcat', { inputs: ['s', 'z', 'h', 's', 'z'], attributes: { axis: 1 } }),
  quantized('QLinearGlobalAveragePool', { inputs: ['h', 's', 'z', 's', 'z'], attributes: { channels_last: 0 } }),
  quantized('QLinearAveragePool', { inputs: ['h', 's', 'z', 's', 'z'], attributes: { kernel_shape: [2, 2] } }),
]; // prettier-ignore

function convInteger(): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
    outputs: ['out'],
    nodes: [
      ['Conv', ['x', 'w1'], ['h'], {}, { name: 'first' }],
      ['QuantizeLinear', ['h', 's', 'z'], ['q']],
      ['ConvInteger', ['q', 'w', 'z'], ['i']],
      ['Cast', ['i'], ['y'], { to: 1 }],
      ['Conv', ['y', 'w2'], ['out'], {}, { name: 'last' }],
    ],
    initializers: {
      w1: randomTensor('w1', [6, 3, 1, 1]),
      w2: randomTensor('w2', [2, 6, 1, 1]),
      w: drawn('w', [6, 6, 1, 1]),
      s: float(0.05),
      z: byte(128),
    },
  });
}

/** From the integers q to the floats y, through one operator. */
function integerProduct(op: string): BuildNode[] {
  const microsoft = { domain: 'com.microsoft' };
  switch (op) {
    case 'MatMulInteger':
      return [
        ['MatMulInteger', ['q', 'w', 'z', 'wz'], ['i']],
        ['Cast', ['i'], ['y'], { to: 1 }],
      ];
    case 'MatMulIntegerToFloat':
      return [['MatMulIntegerToFloat', ['q', 'w', 's', 'ws', 'z', 'wz'], ['y'], {}, microsoft]];
    case 'QLinearMatMul':
      return [
        ['QLinearMatMul', ['q', 's', 'z', 'w', 'ws', 'wz', 's', 'z'], ['i']],
        ['DequantizeLinear', ['i', 's', 'z'], ['y']],
      ];
    case 'QGemm':
      return [
        ['QGemm', ['q', 's', 'z', 'w', 'one', 'zero', '', 's', 'z'], ['i'], {}, microsoft],
        ['DequantizeLinear', ['i', 's', 'z'], ['y']],
      ];
    default:
      return [
        ['DequantizeLinear', ['q', 's', 'z'], ['d']],
        ['DequantizeLinear', ['w', 'ws', 'wz'], ['v'], { axis: 1 }],
        ['MatMul', ['d', 'v'], ['y']],
      ];
  }
}

const named = new Set(special.map(({ op }) => op));
const unaries = ['Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'HardSwish', 'Elu', 'Selu', 'Celu', 'Softplus', 'Softsign', 'ThresholdedRelu', 'Shrink', 'Identity', 'Dropout', 'Abs', 'Neg', 'Ceil', 'Floor', 'Round', 'Sqrt', 'Sign', 'Reciprocal', 'Exp', 'Log', 'Erf', 'Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh']; // prettier-ignore

/** At least one for every operator with a rule. */
export const channelCases: readonly ChannelCase[] = [...special, ...unaries.filter((op) => !named.has(op)).map((op) => between(op))];
