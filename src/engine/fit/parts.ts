import type { Node } from '../onnx/graph.ts';
import { constantIntegers } from '../simplify/edit.ts';
import { isFloat32, isOp, mapOf, sizesOf, type FitScope } from './fix.ts';

/** Where a Split cuts the channels of a feature map: sizes of its parts. */
export function channelParts(node: Node, scope: FitScope): number[] | undefined {
  const map = isOp(node, 'Split') ? mapOf(scope, node.inputs[0]) : undefined;
  if (!map || ![1, -3].includes(node.int('axis', 0)) || !isFloat32(scope, node.inputs[0])) return undefined;
  if (node.inputs[1] && !constantIntegers(scope.graph, node.inputs[1])) return undefined;
  const parts = node.outputs.map((output) => sizesOf(scope, output)?.[1]);
  const sizes = parts.every((part) => part !== undefined && part > 0) ? (parts as number[]) : undefined;
  return sizes && sizes.reduce((a, b) => a + b, 0) === map.channels ? sizes : undefined;
}
