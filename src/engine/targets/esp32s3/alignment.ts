import type { Graph } from '../../onnx/graph.ts';

/** Nodes whose operands ESP-DL wants on the exponent of the result. (esp-ppq 1.3, core/common.py TYPES_FOR_ALIGNMENT; api/setting.py, 'Align to Output'.) */
export const alignedOperators: ReadonlySet<string> = new Set(['Add', 'Sub', 'Sum', 'Concat']);

/** Nodes that hand on integers as they are. (esp-ppq 1.3, core/common.py PASSIVE_OPERATIONS.) */
const passive = new Set([
  'MaxPool', 'GlobalMaxPool', 'Reshape', 'Flatten', 'Identity', 'Dropout', 'Slice', 'Pad', 'Split', 'Transpose', 'Squeeze', 'Unsqueeze',
  'Gather', 'DepthToSpace', 'SpaceToDepth',
]); // prettier-ignore

/** Whether what makes an operand of such a node writes it on the result's exponent at once; others are rounded once more in front of it. */
export function isAligned(graph: Graph, value: string): boolean {
  const maker = graph.producer(value);
  return maker !== undefined && !passive.has(maker.op) && graph.users(value).length === 1 && !graph.isOutput(value);
}
