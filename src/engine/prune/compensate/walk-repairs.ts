import { walkTwins, type StageVisit } from '../../layerwise/twin-walk.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Repair } from './repairs.ts';
import type { CompensationDependencies } from './types.ts';

/** Runs the pruned model and the original side by side and lets `visit` repair layer after layer on what the pruned one makes by then. Throws what `visit` throws, `data.*`, `runtime.*` and Cancelled. */
export async function walkRepairs<R extends Repair>(
  pruned: Model,
  original: Model,
  repairs: readonly R[],
  dependencies: CompensationDependencies,
  visit: (repairs: readonly R[]) => StageVisit<R>,
): Promise<void> {
  const solvedIn = new Map(repairs.map(({ node, stage }) => [node.outputs[0]!, stage]));
  const madeIn = new Map([...solvedIn].map(([value, stage]) => [value, stage + 1]));
  await walkTwins({
    student: { model: pruned, stageOf: (node, read) => madeIn.get(node.outputs[0]!) ?? read },
    teacher: { model: original, stageOf: (node, read) => solvedIn.get(node.outputs[0]!) ?? read },
    stops: repairs,
    ...dependencies,
    phase: 'compensate',
    visit,
  });
}
