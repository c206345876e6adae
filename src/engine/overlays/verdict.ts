import type { Graph, Node } from '../onnx/graph.ts';
import { isFloatType } from '../onnx/data-type.ts';
import type { TargetVerdict } from '../targets/verdicts.ts';
import { verdicts } from '../targets/verdicts.ts';
import type { OverlayView } from '../../protocol/view.ts';
import type { OverlaySource, StaticOverlay } from './overlay.ts';

/** Where each layer would run on a board, and why not on its accelerator: one overlay for each target that has a verdict. */
export const boardVerdicts: readonly StaticOverlay[] = verdicts.map((verdict) => ({
  id: `verdict/${verdict.target.name}`,
  of: (source) => verdictOverlay(verdict, source),
}));

const [cpu, accelerated] = [0, 1];

function verdictOverlay(
  { target, accelerator, refusal }: TargetVerdict,
  { model, shapes, layers }: OverlaySource,
): OverlayView | undefined {
  const { graph } = model;
  const known = shapes.forOnePicture(model);
  const operators = new Set(target.integerOperators);
  const values: [number, number][] = [];
  const notes: [number, string][] = [];
  for (const [index, { node }] of layers.entries()) {
    if (!isJudged(node, (value) => known.of(value)?.type)) continue;
    const vanishes = vanishing(graph, node);
    const reason = vanishes
      ? undefined
      : operators.has(node.qualifiedOp)
        ? refusal(graph, node, known)
        : `the ${accelerator} has no ${node.qualifiedOp}`;
    values.push([index, reason === undefined ? accelerated : cpu]);
    if (reason !== undefined) notes.push([index, `CPU: ${reason}`]);
    else if (vanishes) notes.push([index, vanishes]);
  }
  if (values.length === 0) return undefined;
  const refused = values.filter(([, value]) => value === cpu).length;
  return {
    id: `verdict/${target.name}`,
    label: `Runs on ${target.title}`,
    unit: '',
    better: 'high',
    thresholds: [],
    classes: [
      { value: cpu, label: 'CPU', level: 0 },
      { value: accelerated, label: accelerator, level: 4 },
    ],
    fold: 'worst',
    group: 'model',
    values,
    notes,
    summary: refused === 0 ? `All on the ${accelerator}` : `${refused} of ${values.length} on the CPU`,
    origin: `What the ${accelerator} takes by each layer's own attributes: ${target.summary}`,
  };
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
