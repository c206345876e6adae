import { withGradients } from './gradient/index.ts';
import type { OperatorRecord } from './record.ts';
import { elementReader, elementsBy } from './shape/elements.ts';
import { normalAxes, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Transpose',
    since: 1,
    summary: 'Permutes the axes.',
    quantize: movesElements,
    infer(context) {
      const { node } = context;
      const input = shapeAt(context, 0);
      const declared = node.ints('perm');
      if (!input)
        return [
          tensorOf(
            typeAt(context, 0),
            declared?.map(() => null),
          ),
        ];
      const order = declared?.length ? declared : input.map((_, axis) => input.length - 1 - axis);
      if (order.length !== input.length) throw shapeError(node, `permutes ${order.length} axes of an input with ${input.length}`);
      const from = normalAxes(node, order, input.length);
      const shape = from.map((axis) => input[axis]!);
      const read = elementReader(context.input(0));
      const source = input.map(() => 0);
      const elements =
        read &&
        elementsBy(shape, (position) => {
          for (const [to, axis] of from.entries()) source[axis] = position[to]!;
          return read(source);
        });
      return [tensorOf(typeAt(context, 0), shape, elements)];
    },
  },
]);
