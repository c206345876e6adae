import { findStep } from './steps.ts';
import type { LayerOverride, ResolvedRecipe, ResolvedStep } from './types.ts';

/** Steps whose effect on single layers can be measured, by the method that does. */
const methods = { quantize: 'static', prune: 'channels' } as const;
type Technique = keyof typeof methods;

/**
 * The step under which an analysis tries single layers: the first of its kind; undefined where the recipe has none. Where steps of a chain are each on a
 * model, they are taken as one: every layer as the first step says that does not leave it out.
 */
export function analysisStep({ steps, chain }: Pick<ResolvedRecipe, 'steps' | 'chain'>, technique: Technique): ResolvedStep | undefined {
  const [first, ...others] = steps.filter(({ step, settings }) => step === technique && settings['method'] === methods[technique]);
  if (!first || !chain || others.length === 0) return first;
  const isLeftOut = (override: LayerOverride | undefined): boolean => override?.[technique] === false;
  const layers = Object.entries(first.layers).map(([name, override]): [string, LayerOverride] => {
    const step = isLeftOut(override) ? others.find((one) => !isLeftOut(one.layers[name])) : undefined;
    return [name, step ? { ...differences(step, first), ...step.layers[name] } : override];
  });
  return { ...first, layers: Object.fromEntries(layers) };
}

/** Settings of layers that one step has otherwise than another. */
function differences(step: ResolvedStep, from: ResolvedStep): LayerOverride {
  const properties = findStep(step.step)?.parameters.properties ?? {};
  const keys = Object.keys(step.settings).filter((key) => properties[key]?.['layer'] === true && step.settings[key] !== from.settings[key]);
  return Object.fromEntries(keys.map((key) => [key, step.settings[key]]));
}
