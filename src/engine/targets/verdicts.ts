import { isFloatType } from '../onnx/data-type.ts';
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

/** Where one layer would run. Neither key: the accelerator takes it. */
export interface LayerVerdict {
  /** Why it runs on the CPU, one clause. */
  readonly refusal?: string;
  /** Why it runs nowhere, a sentence: it is gone before the board runs. */
  readonly vanishes?: string;
}

/** Undefined for what no verdict is about: arithmetic on shapes, quantizers. `shapes`: those for one picture. */
export function judgeLayer(
  { target, accelerator, refusal }: TargetVerdict,
  graph: Graph,
  node: Node,
  shapes: Shapes,
): LayerVerdict | undefined {
  if (!isJudged(node, (value) => shapes.of(value)?.type)) return undefined;
  const vanishes = vanishing(graph, node);
  if (vanishes) return { vanishes };
  const reason = target.integerOperators.includes(node.qualifiedOp)
    ? refusal(graph, node, shapes)
    : `the ${accelerator} has no ${node.qualifiedOp}`;
  return reason === undefined ? {} : { refusal: reason };
}

/** Layers that compute on real numbers; shape arithmetic is settled before the board runs, Q and DQ are what its integers stand for. */
function isJudged({ op, outputs }: Node, typeOf: (value: string) => number | undefined): boolean {
  if (op === 'QuantizeLinear' || op === 'DequantizeLinear' || op === 'Constant') return false;
  return isFloatType(typeOf(outputs[0] ?? '') ?? 0) || op === 'ArgMax';
}

const hosts = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** Said of a node that is gone before the board runs; undefined: it stays. */
function vanishing(graph: Graph, node: Node): string | undefined {
  if (node.op === 'Identity' || node.op === 'Dropout') return 'Taken out before the board runs.';
  const producer = graph.producer(node.inputs[0] ?? '');
  const alone = graph.users(node.inputs[0] ?? '').length === 1;
  const folds = node.op === 'BatchNormalization' && producer && hosts.has(producer.op) && alone;
  return folds ? `Folded into the ${producer.op} before it.` : undefined;
}
