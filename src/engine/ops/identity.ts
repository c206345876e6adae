import { DataType } from '../onnx/data-type.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, Inferred, OperatorRecord } from './record.ts';
import { storedAs } from './shape/elements.ts';
import { shapeAt, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

/** Mask of Dropout: bool since opset 10, of the data's type before. */
function dropout(context: InferenceContext): (Inferred | undefined)[] {
  const input = context.input(0);
  const maskType = context.opset >= 10 ? DataType.bool : (input?.type ?? DataType.undefined);
  return [input && tensorOf(input.type, input.shape), tensorOf(maskType, input?.shape)];
}

function cast(context: InferenceContext, type: DataType): (Inferred | undefined)[] {
  const elements = context.input(0)?.elements?.map((element) => storedAs(type, element));
  return [tensorOf(type, shapeAt(context, 0), type === DataType.string ? undefined : elements)];
}

/** Operators that hand their input on, at most as another type. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Identity',
    since: 1,
    summary: 'Hands its input on.',
    view: true,
    quantize: movesElements,
    infer: (context) => [context.input(0)],
  },
  {
    op: 'Dropout',
    since: 1,
    until: 11,
    summary: 'Hands its input on; drops elements in training only.',
    view: true,
    quantize: movesElements,
    infer: dropout,
  },
  {
    op: 'Dropout',
    since: 12,
    summary: 'Hands its input on; drops elements in training only.',
    settings: [1, 2],
    view: true,
    quantize: movesElements,
    infer: dropout,
  },
  {
    op: 'Cast',
    since: 1,
    until: 5,
    summary: 'Converts elements to another type.',
    infer: (context) =>
      cast(context, (DataType as Record<string, DataType>)[legacyTypes[context.node.string('to', '')] ?? ''] ?? DataType.undefined),
  },
  {
    op: 'Cast',
    since: 6,
    summary: 'Converts elements to another type.',
    infer: (context) => cast(context, context.node.int('to', 0) as DataType),
  },
  {
    op: 'CastLike',
    since: 15,
    summary: "Converts elements to another tensor's type.",
    infer: (context) => cast(context, typeAt(context, 1)),
  },
]);

/** Before opset 6 the target type was written as TensorProto's enum name. */
const legacyTypes: Record<string, keyof typeof DataType> = {
  FLOAT: 'float32', DOUBLE: 'float64', FLOAT16: 'float16', INT8: 'int8', INT16: 'int16', INT32: 'int32', INT64: 'int64',
  UINT8: 'uint8', UINT16: 'uint16', UINT32: 'uint32', UINT64: 'uint64', BOOL: 'bool', STRING: 'string',
}; // prettier-ignore
