import type { Node } from '../../../onnx/graph.ts';
import type { Shapes } from '../../../ops/infer.ts';
import { DataFlow } from '../../verdict/data-flow.ts';
import { ownRefusal } from '../../verdict/judge.ts';
import { b4096 } from './architecture.ts';
import { dpuRules } from './index.ts';

/**
 * Tells of nodes why the DPU leaves them to the CPU by their own attributes and operands, in words; undefined: it takes them, as far as those
 * say. What stands around a node is not asked: it may be changed by then.
 */
export function dpuRefusals(shapes: Shapes): (node: Node) => string | undefined {
  const flow = new DataFlow(shapes);
  return (node) => ownRefusal(dpuRules, b4096, { node, flow, verdictOf: () => undefined })?.reason;
}
