import type { LayerSettings } from '../../../quantize/types.ts';
import type { Climb } from '../rung.ts';

/**
 * Gives the most sensitive layers a treatment of their own: one, two, four … of them until the loss allowed is kept, then the fewest
 * between the last two counts for which it still is.
 */
export async function growing(tools: Climb, own: LayerSettings, title: (layers: number) => string): Promise<void> {
  const layers = await tools.sensitiveLayers();
  const start = tools.best;
  const attempt = (count: number) => {
    const chosen = layers.slice(0, count).map((name): [string, LayerSettings] => [name, { ...start.layers[name], ...own }]);
    return tools.attempt(title(count), { ...start, layers: { ...start.layers, ...Object.fromEntries(chosen) } });
  };
  let missed = 0;
  let kept: number | undefined;
  for (let count = 1; kept === undefined && missed < layers.length; count = Math.min(2 * count, layers.length)) {
    const tried = await attempt(count);
    if (!tried) return;
    if (tools.isDone(tried)) kept = count;
    else missed = count;
  }
  while (kept !== undefined && kept - missed > 1) {
    const middle: number = (kept + missed) >> 1;
    const tried = await attempt(middle);
    if (tried && tools.isDone(tried)) kept = middle;
    else missed = middle;
  }
}

export const counted = (layers: number): string => `${layers} layer${layers === 1 ? '' : 's'}`;
