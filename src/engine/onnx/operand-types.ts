import { DataType } from './data-type.ts';
import type { Graph, Node } from './graph.ts';

const floats: ReadonlySet<number> = new Set([DataType.float32, DataType.float16, DataType.float64, DataType.bfloat16]);

/** Operators whose first output has their first input's element type. */
const sameAsFirst: ReadonlySet<string> = new Set([
  'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'LRN', 'AveragePool',
  'GlobalAveragePool', 'GlobalMaxPool', 'MaxPool', 'LpPool', 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Sum', 'Mean', 'Relu', 'Clip',
  'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Gelu', 'Mish', 'Tanh', 'Softplus', 'Softsign', 'Softmax',
  'LogSoftmax', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Erf', 'Abs', 'Neg', 'Ceil', 'Floor', 'Round', 'Concat', 'Reshape', 'Flatten', 'Transpose',
  'Squeeze', 'Unsqueeze', 'Slice', 'Gather', 'Pad', 'Resize', 'Upsample', 'Identity', 'Dropout', 'Split', 'Tile', 'Expand', 'DepthToSpace',
  'SpaceToDepth', 'ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2',
]); // prettier-ignore

/** Operators with one fixed type of output. */
const fixedType: Readonly<Record<string, DataType>> = {
  Shape: DataType.int64, Size: DataType.int64, NonZero: DataType.int64, ArgMax: DataType.int64, ArgMin: DataType.int64,
  Equal: DataType.bool, Less: DataType.bool, Greater: DataType.bool, LessOrEqual: DataType.bool, GreaterOrEqual: DataType.bool,
  And: DataType.bool, Or: DataType.bool, Not: DataType.bool, Xor: DataType.bool, IsNaN: DataType.bool, IsInf: DataType.bool,
  ConvInteger: DataType.int32, MatMulInteger: DataType.int32,
}; // prettier-ignore

/** Operators that are defined for float types only, on the inputs named. */
const floatInputs: Readonly<Record<string, readonly number[]>> = {
  Conv: [0, 1, 2], ConvTranspose: [0, 1, 2], BatchNormalization: [0, 1, 2, 3, 4], InstanceNormalization: [0, 1, 2], LRN: [0],
  AveragePool: [0], GlobalAveragePool: [0], GlobalMaxPool: [0], Sigmoid: [0], HardSigmoid: [0], HardSwish: [0], Tanh: [0], Softmax: [0],
  LogSoftmax: [0], LeakyRelu: [0], Elu: [0], Exp: [0], Log: [0], Sqrt: [0],
}; // prettier-ignore

/** Operators whose inputs all have one type. */
const equalInputs: ReadonlySet<string> = new Set([
  'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Sum', 'Mean', 'Concat',
]); // prettier-ignore

export type TypeOf = (value: string) => DataType | undefined;

/** Element type of a node's first output, where it follows from the operator and its inputs' types alone. */
export function outputType(node: Node, graph: Graph, typeOf: TypeOf): DataType | undefined {
  const input = (index: number): DataType | undefined => (node.inputs[index] ? typeOf(node.inputs[index]) : undefined);
  const { qualifiedOp: op } = node;
  const fixed = fixedType[op];
  if (fixed !== undefined) return fixed;
  if (sameAsFirst.has(op)) return input(0);
  switch (op) {
    case 'Cast':
      return node.int('to') as DataType | undefined;
    case 'Constant':
      return graph.constant(node.outputs[0] ?? '')?.type;
    case 'ConstantOfShape':
      return node.attributes.has('value') ? node.tensor('value')?.type : DataType.float32;
    case 'QuantizeLinear':
      return input(2) ?? ((node.int('output_dtype', 0) || DataType.uint8) as DataType);
    case 'DequantizeLinear':
      return (node.int('output_dtype', 0) || input(1)) as DataType | undefined;
    default:
      return undefined;
  }
}

/** The first input whose type the operator does not take: an index and what was wanted. */
export function wrongInput(node: Node, typeOf: TypeOf): { readonly index: number; readonly wanted: string } | undefined {
  const types = node.inputs.map((value) => (value === '' ? undefined : typeOf(value)));
  const op = node.qualifiedOp;
  for (const index of floatInputs[op] ?? []) {
    const type = types[index];
    if (type !== undefined && !floats.has(type)) return { index, wanted: 'a float type' };
  }
  if (!equalInputs.has(op)) return undefined;
  const first = types.find((type) => type !== undefined);
  const index = types.findIndex((type) => type !== undefined && type !== first);
  return index < 0 ? undefined : { index, wanted: 'the type of its other inputs' };
}
