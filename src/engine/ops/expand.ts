import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, OperatorRecord } from './record.ts';
import { multiplyDims } from './shape/dims.ts';
import { elementReader, elementsBy } from './shape/elements.ts';
import { broadcastShapes, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

/** A shape of which only the length is known. */
const openShape = (context: InferenceContext, index: number): readonly Dim[] | undefined => {
  const rank = shapeAt(context, index)?.[0];
  return typeof rank === 'number' && rank <= 64 ? Array<Dim>(rank).fill(null) : undefined;
};

/** Operators that repeat elements. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Expand',
    since: 8,
    summary: 'Broadcasts a tensor to a shape.',
    quantize: movesElements,
    infer(context) {
      const target = context.input(1)?.elements ?? openShape(context, 1);
      const shape = broadcastShapes(context.node, [shapeAt(context, 0), target]);
      const read = elementReader(context.input(0));
      return [tensorOf(typeAt(context, 0), shape, read && elementsBy(shape, read))];
    },
  },
  {
    op: 'Tile',
    since: 6,
    summary: 'Repeats a tensor along every axis.',
    quantize: movesElements,
    infer(context) {
      const input = shapeAt(context, 0);
      const repeats = context.input(1)?.elements ?? openShape(context, 1);
      if (!input)
        return [
          tensorOf(
            typeAt(context, 0),
            repeats?.map(() => null),
          ),
        ];
      if (repeats && repeats.length !== input.length) {
        throw shapeError(context.node, `repeats ${repeats.length} axes of an input with ${input.length}`);
      }
      const shape = input.map((dim, axis) => multiplyDims(dim, repeats?.[axis] ?? null));
      const read = elementReader(context.input(0));
      const elements = read && elementsBy(shape, (position) => read(position.map((at, axis) => at % (input[axis] as number))));
      return [tensorOf(typeAt(context, 0), shape, elements)];
    },
  },
]);
