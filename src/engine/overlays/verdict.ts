import { judgeLayer, verdicts, type TargetVerdict } from '../targets/verdicts.ts';
import type { OverlayView } from '../../protocol/view.ts';
import type { OverlaySource, StaticOverlay } from './overlay.ts';

/** Where each layer would run on a board, and why not on its accelerator: one overlay for each target that has a verdict. */
export const boardVerdicts: readonly StaticOverlay[] = verdicts.map((verdict) => ({
  id: `verdict/${verdict.target.name}`,
  of: (source) => verdictOverlay(verdict, source),
}));

const [cpu, accelerated] = [0, 1];

function verdictOverlay(verdict: TargetVerdict, { model, shapes, layers }: OverlaySource): OverlayView | undefined {
  const { target, accelerator } = verdict;
  const known = shapes.forOnePicture(model);
  const values: [number, number][] = [];
  const notes: [number, string][] = [];
  for (const [index, { node }] of layers.entries()) {
    const judged = judgeLayer(verdict, model.graph, node, known);
    if (!judged) continue;
    const { refusal, vanishes } = judged;
    values.push([index, refusal === undefined ? accelerated : cpu]);
    if (refusal !== undefined) notes.push([index, `CPU: ${refusal}`]);
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
