import { DataType } from '../onnx/data-type.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { constantElements, elementLimit } from './shape/elements.ts';
import { numbersAt, shapeError, tensorOf } from './shape/operand.ts';

/** Constant-1 to -24: one of value, value_float(s), value_int(s), value_string(s), sparse_value. */
function constant({ node }: InferenceContext): (Inferred | undefined)[] {
  const tensor = node.tensor('value');
  if (tensor) return [tensorOf(tensor.type, tensor.dims, constantElements(tensor))];
  for (const [name, attribute] of node.attributes) {
    switch (attribute.kind) {
      case 'float':
        return [tensorOf(DataType.float32, [], [attribute.value])];
      case 'int':
        return [tensorOf(DataType.int64, [], [Number(attribute.value)])];
      case 'floats':
        return [tensorOf(DataType.float32, [attribute.value.length], small(attribute.value))];
      case 'ints':
        return [tensorOf(DataType.int64, [attribute.value.length], small(attribute.value.map(Number)))];
      case 'string':
        return [tensorOf(DataType.string, [])];
      case 'strings':
        return [tensorOf(DataType.string, [attribute.value.length])];
      default:
        if (name === 'sparse_value') return [undefined];
    }
  }
  return [undefined];
}

const small = (values: readonly number[]): readonly number[] | undefined => (values.length <= elementLimit ? values : undefined);

/** ConstantOfShape-9: a tensor of the shape that the input lists, filled with one value (float 0 by default). */
function constantOfShape(context: InferenceContext): (Inferred | undefined)[] {
  const value = context.node.tensor('value');
  const type = value?.type ?? DataType.float32;
  const fill = value ? constantElements(value)?.[0] : 0;
  const shape = context.input(0)?.elements;
  const negative = shape?.find((dim) => typeof dim === 'number' && dim < 0);
  if (negative !== undefined) throw shapeError(context.node, `makes a tensor with dimension ${negative}`);
  if (!shape) {
    const rank = context.input(0)?.shape?.[0];
    return [tensorOf(type, typeof rank === 'number' && rank <= elementLimit ? Array<null>(rank).fill(null) : undefined)];
  }
  const size = numbersAt(context, 0)?.reduce((product, dim) => product * dim, 1);
  const filled = size !== undefined && size <= elementLimit && fill !== undefined;
  return [tensorOf(type, shape, filled ? Array<number>(size).fill(fill) : undefined)];
}

/** Values that the model itself states. */
export const records: readonly OperatorRecord[] = [
  { op: 'Constant', since: 1, summary: 'A constant tensor.', infer: constant },
  { op: 'ConstantOfShape', since: 9, summary: 'A tensor of a given shape filled with one value.', infer: constantOfShape },
];
