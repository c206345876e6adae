import { withGradients } from './gradient/index.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { commonType, normalAxis, shapeAt, shapeError, tensorOf } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** Updates are as many as indices. */
function scatterElements(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const [data, indices, updates] = [0, 1, 2].map((index) => shapeAt(context, index));
  if (data) normalAxis(node, node.int('axis', 0), data.length);
  for (const other of [indices, updates]) {
    if (data && other && other.length !== data.length)
      throw shapeError(node, `has data of rank ${data.length} beside rank ${other.length}`);
  }
  return [tensorOf(commonType(context, [0, 2]), data)];
}

/** Writes updates into a copy of the data: same shape as the data. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Scatter',
    since: 9,
    until: 10,
    summary: 'Writes elements at indices along one axis.',
    quantize: noIntegerKernel('Scatter'),
    infer: scatterElements,
  },
  {
    op: 'ScatterElements',
    since: 11,
    summary: 'Writes elements at indices along one axis.',
    quantize: noIntegerKernel('ScatterElements'),
    infer: scatterElements,
  },
  {
    op: 'ScatterND',
    since: 11,
    summary: 'Writes slices at positions.',
    quantize: noIntegerKernel('ScatterND'),
    infer: (context) => [tensorOf(commonType(context, [0, 2]), shapeAt(context, 0))],
  },
]);
