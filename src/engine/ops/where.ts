import { withGradients } from './gradient/index.ts';
import type { OperatorRecord } from './record.ts';
import { elementwise } from './shape/elements.ts';
import { broadcastShapes, commonType, shapeAt, tensorOf } from './shape/operand.ts';

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Where',
    since: 9,
    summary: 'Picks from two tensors by a condition.',
    quantize: { kind: 'integer', inputs: [1, 2] },
    infer(context) {
      const inputs = [0, 1, 2].map((index) => context.input(index));
      const shape = broadcastShapes(
        context.node,
        [0, 1, 2].map((index) => shapeAt(context, index)),
      );
      const elements = elementwise(shape, inputs, (condition, yes, no) => {
        if (typeof condition !== 'number') return yes === no ? yes : null;
        return condition !== 0 ? yes : no;
      });
      return [tensorOf(commonType(context, [1, 2]), shape, elements)];
    },
  },
]);
