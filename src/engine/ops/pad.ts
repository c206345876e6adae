import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, OperatorRecord } from './record.ts';
import { addDims, formatShape } from './shape/dims.ts';
import { hasInput, normalAxes, numbersAt, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

/** Every axis grows by its begin and end pads; negative pads cut off. `pads` holds all begins, then all ends, of the named axes. */
function padded(
  context: InferenceContext,
  pads: readonly Dim[] | undefined,
  named: readonly number[] | undefined,
): readonly Dim[] | undefined {
  const { node } = context;
  const input = shapeAt(context, 0);
  if (!input) return undefined;
  if (!pads) return input.map(() => null);
  const axes = named ? normalAxes(node, named, input.length) : input.map((_, axis) => axis);
  if (pads.length !== 2 * axes.length) throw shapeError(node, `has ${pads.length} pads for ${axes.length} axes`);
  const shape = [...input];
  for (const [i, axis] of axes.entries()) {
    const grown = addDims(addDims(shape[axis]!, pads[i]!), pads[i + axes.length]!);
    if (typeof grown === 'number' && grown < 0) throw shapeError(node, `cuts more off axis ${axis} than ${formatShape(input)} has`);
    shape[axis] = grown;
  }
  return shape;
}

const summary = 'Adds a border of a constant, of mirrored or of repeated elements.';

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Pad',
    since: 1,
    until: 10,
    summary,
    quantize: movesElements,
    infer: (context) => {
      const pads = context.node.ints(context.opset < 2 ? 'paddings' : 'pads');
      return [tensorOf(typeAt(context, 0), padded(context, pads, undefined))];
    },
  },
  {
    op: 'Pad',
    since: 11,
    summary,
    settings: [2],
    quantize: movesElements,
    infer: (context) => {
      const axes = numbersAt(context, 3);
      const pads = hasInput(context, 3) && !axes ? undefined : context.input(1)?.elements;
      return [tensorOf(typeAt(context, 0), padded(context, pads, axes))];
    },
  },
]);
