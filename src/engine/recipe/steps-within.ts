import type { CostedStep } from './cost.ts';
import type { ResolvedRecipe } from './types.ts';

/** The steps of a recipe as one of its models sees them: those of a chain work on the layers that it has in the whole. */
export function stepsWithin({ chain, steps }: Pick<ResolvedRecipe, 'chain' | 'steps'>, alias: string | undefined): readonly CostedStep[] {
  if (!chain || alias === undefined) return steps;
  const prefix = `${alias}:`;
  return steps.flatMap((step): CostedStep[] => {
    const tune = step.settings['tune'] as string[] | undefined;
    if (tune && !tune.includes(alias)) return [];
    const own = Object.entries(step.layers).flatMap(([layer, override]) =>
      layer.startsWith(prefix) ? [[layer.slice(prefix.length), override] as const] : [],
    );
    return [{ ...step, on: alias, layers: Object.fromEntries(own), inChain: true }];
  });
}

/** Whether a step removes channels: their costs take a look at the whole graph. */
export const removesChannels = ({ step, settings }: Pick<CostedStep, 'step' | 'settings'>): boolean =>
  step === 'prune' || (step === 'joint' && settings['prune'] !== undefined);
