import type { NextRung } from '../../protocol/results/run.ts';
import type { ReportedLayer } from './types.ts';

/** Layers that together bring this share of the error are named, as long as they are few. */
const share = 0.8;
const mostLayers = 5;

/** What is asked of a step of the recipe: its name, its place and its settings. */
interface RanStep {
  readonly step: string;
  readonly index: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * What to try where the loss is too large: more bits for the few layers that bring most of the error; else rounding by layer, where that was
 * not done; else what `auto` tries. undefined for a run that did not quantize statically.
 */
export function nextRung(layers: readonly ReportedLayer[], steps: readonly RanStep[]): NextRung | undefined {
  const last = steps.findLast(({ step }) => step === 'quantize' || step === 'auto');
  if (!last || (last.step === 'quantize' && last.settings['method'] !== 'static')) return undefined;
  const few = worstFew(layers);
  if (few) {
    const narrow = few.every(({ weights }) => (weights?.bits ?? 8) < 8);
    const what = few.length === 1 ? 'this layer' : 'them';
    return {
      text: `${few.length} layer${few.length === 1 ? ' brings' : 's bring'} ${percent(few, layers)} % of the error: keep ${what} in ${narrow ? '8 bits' : 'float'}`,
      layers: few.map(({ name }) => [name, narrow ? { weights: 8 } : { quantize: false }]),
    };
  }
  if (last.step === 'auto') return undefined;
  const set = (key: string, value: unknown): Record<string, unknown> => ({ [`steps.${last.index}.quantize.${key}`]: value });
  if (last.settings['round'] === 'nearest')
    return { text: 'the error is spread over many layers: round them on their input (round: layer)', set: set('round', 'layer') };
  return { text: 'the error is spread over many layers: give them more bits, or let auto look (lathe compress)' };
}

/** Noise over signal that comes in at each quantized layer: what its output has beyond the noisiest output before it. */
function brought(layers: readonly ReportedLayer[]): Map<ReportedLayer, number> {
  let before = 0;
  const found = new Map<ReportedLayer, number>();
  for (const layer of layers) {
    const { sqnrDb } = layer.error ?? {};
    if (typeof sqnrDb !== 'number' || !Number.isFinite(sqnrDb)) continue;
    const noise = 10 ** (-sqnrDb / 10);
    if (layer.weights) found.set(layer, Math.max(0, noise - before));
    before = Math.max(before, noise);
  }
  return found;
}

/** The fewest layers that bring most of the error; undefined when those are not few among many. */
function worstFew(layers: readonly ReportedLayer[]): ReportedLayer[] | undefined {
  const found = [...brought(layers)].sort((a, b) => b[1] - a[1]);
  const total = sum(found);
  let seen = 0;
  const enough = found.findIndex(([, noise]) => (seen += noise) >= share * total) + 1;
  const few = total > 0 && enough <= mostLayers && enough <= found.length / 3;
  return few ? found.slice(0, enough).map(([layer]) => layer) : undefined;
}

const sum = (entries: readonly (readonly [unknown, number])[]): number => entries.reduce((total, [, noise]) => total + noise, 0);

function percent(few: readonly ReportedLayer[], layers: readonly ReportedLayer[]): number {
  const all = brought(layers);
  const taken = few.reduce((total, layer) => total + all.get(layer)!, 0);
  return Math.floor((100 * taken) / sum([...all]));
}
