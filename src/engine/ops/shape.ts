import { DataType } from '../onnx/data-type.ts';
import type { OperatorRecord } from './record.ts';
import { elementLimit } from './shape/elements.ts';
import { productOf } from './shape/dims.ts';
import { shapeAt, tensorOf } from './shape/operand.ts';

/** What a graph reads of its own shapes: the start of all shape arithmetic. */
export const records: readonly OperatorRecord[] = [
  {
    op: 'Shape',
    since: 1,
    summary: 'The sizes of a tensor, from axis `start` to before `end`.',
    infer(context) {
      const input = shapeAt(context, 0);
      if (!input) return [tensorOf(DataType.int64, [null])];
      const clamp = (axis: number): number => Math.min(Math.max(axis < 0 ? axis + input.length : axis, 0), input.length);
      const [start, end] = [clamp(context.node.int('start', 0)), clamp(context.node.int('end', input.length))];
      const sizes = input.slice(start, Math.max(start, end));
      return [tensorOf(DataType.int64, [sizes.length], sizes.length <= elementLimit ? sizes : undefined)];
    },
  },
  {
    op: 'Size',
    since: 1,
    summary: 'The number of elements of a tensor.',
    infer(context) {
      const input = shapeAt(context, 0);
      return [tensorOf(DataType.int64, [], input && [productOf(input)])];
    },
  },
];
