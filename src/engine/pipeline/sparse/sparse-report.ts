import type { Model } from '../../onnx/graph.ts';
import type { SparsePlan } from '../../prune/sparse/plan.ts';
import { weightSites, type LeftLayer } from '../../prune/sparse/weight-sites.ts';
import type { StepReport } from '../steps/step.ts';

/** Names in one sentence; the rest is counted. */
const mostNames = 6;

/** What was made of the layers of a plan: `model` is what they are now. */
export function sparseReport(plan: SparsePlan, model: Model, notes: readonly string[]): StepReport {
  const named = new Set(plan.layers.map(({ site }) => site.layer));
  const layers = weightSites(model)
    .sites.filter(({ layer }) => named.has(layer))
    .map(({ layer, op, values }) => ({ name: layer, op, elements: values.length, zeros: countZeros(values) }));
  const sum = (key: 'elements' | 'zeros'): number => layers.reduce((total, layer) => total + layer[key], 0);
  const percent = (100 * sum('zeros')) / Math.max(1, sum('elements'));
  const said = `${percent.toFixed(1)} % of the ${sum('elements').toLocaleString('en')} weights of ${layers.length} layers are zero (${plan.pattern.title}).`;
  return {
    layers: layers.map(({ name, op, elements, zeros }) => ({ name, op, zeros: zeros / elements })),
    notQuantized: [],
    notes: [said, ...notes, ...leftNotes(plan.left)],
    scheme: `sparse, ${plan.pattern.title}, ${percent.toFixed(1)} % zero`,
    bits: {},
  };
}

function countZeros(values: Float32Array): number {
  let count = 0;
  for (const value of values) if (value === 0) count++;
  return count;
}

/** Layers that stayed as they were, by reason, in sentences. */
export function leftNotes(left: readonly LeftLayer[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of left) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason].map(([reason, names]) => {
    const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
    return `Left as it was because ${reason}: ${names.slice(0, mostNames).join(', ')}${more}.`;
  });
}
