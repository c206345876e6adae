import type { Graph, Node } from '../onnx/graph.ts';
import type { Shapes } from '../ops/infer.ts';
import type { TargetLimits } from './limits.ts';
import { zcu104 } from './zcu104/limits.ts';
import { dpuRefusal } from './zcu104/verdict.ts';

/** A target that runs layers on an accelerator, and says of each one whether it takes it. */
export interface TargetVerdict {
  readonly target: TargetLimits;
  /** Where accepted layers run: "DPU". Others run on the board's CPU. */
  readonly accelerator: string;
  /** Why it does not take a layer, one clause; undefined: it takes it. */
  refusal(graph: Graph, node: Node, shapes: Shapes): string | undefined;
}

/** A new one is a verdict in its target's folder and an entry here. */
export const verdicts: readonly TargetVerdict[] = [{ target: zcu104, accelerator: 'DPU', refusal: dpuRefusal }];
