import type { Model } from '../../onnx/graph.ts';
import type { SparsePlan } from '../../prune/sparse/plan.ts';
import { countZeros } from '../../prune/sparse/stored-numbers.ts';
import { weightSites } from '../../prune/sparse/weight-sites.ts';
import { notesByReason } from '../notes-by-reason.ts';
import type { StepReport } from '../steps/step.ts';

/** What was made of the layers of a plan: `model` is what they are now. */
export function sparseReport(plan: SparsePlan, model: Model, notes: readonly string[]): StepReport {
  const named = new Set(plan.layers.map(({ site }) => site.layer));
  const layers = weightSites(model)
    .sites.filter(({ layer }) => named.has(layer))
    .map((site) => ({ name: site.layer, op: site.op, elements: site.values.length, zeros: countZeros(site) }));
  const sum = (key: 'elements' | 'zeros'): number => layers.reduce((total, layer) => total + layer[key], 0);
  const percent = (100 * sum('zeros')) / Math.max(1, sum('elements'));
  const said = `${percent.toFixed(1)} % of the ${sum('elements').toLocaleString('en')} weights of ${layers.length} layers are zero (${plan.pattern.title}).`;
  return {
    layers: layers.map(({ name, op, elements, zeros }) => ({ name, op, zeros: zeros / elements })),
    notQuantized: [],
    notes: [said, ...notes, ...notesByReason('Left as it was', plan.left)],
    scheme: `sparse, ${plan.pattern.title}, ${percent.toFixed(1)} % zero`,
    bits: {},
  };
}
