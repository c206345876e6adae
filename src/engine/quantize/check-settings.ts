import { LatheError } from '../base/errors.ts';
import type { QuantizeSettings } from './step.ts';
import type { LayerSettings, QuantizeRequest } from './types.ts';

/** Why settings can't be had together; undefined: they can. */
type Rule = (settings: QuantizeSettings) => string | undefined;

const dynamic: Rule = ({ method, weights, granularity, storage, scales }) => {
  if (method !== 'dynamic') return undefined;
  const needs = 'needs method: static or weight-only; the kernels of method: dynamic take';
  if (weights === 16) return `weights: 16 ${needs} 8 bits at most`;
  if (granularity === 'block') return `granularity: block ${needs} one scale a channel`;
  if (storage === 'packed') return `storage: packed ${needs} one byte a weight`;
  if (scales === 'power-of-two')
    return 'scales: power-of-two needs method: static; method: dynamic finds scales of activations at run time';
  return undefined;
};

const zeroPoints: Rule = (settings) => {
  if (settings['symmetric-weights']) return undefined;
  const { weights } = settings;
  if (weights === 'ternary' || weights === 'binary') return `weights: ${weights} has no zero point; it needs symmetric-weights: true`;
  if (settings['weight-type'] === 'int8')
    return 'symmetric-weights: false stores unsigned weights; it cannot be had with weight-type: int8';
  return undefined;
};

const width: Rule = (settings) =>
  settings.weights === 16 && settings['weight-type'] !== 'auto'
    ? `weights: 16 do not fit weight-type: ${settings['weight-type']}; leave it at auto`
    : undefined;

const rules: readonly Rule[] = [dynamic, zeroPoints, width];

/** Throws `quantize.settings`, naming setting and layer, where settings contradict each other or the method. */
export function checkSettings({ settings, layers }: QuantizeRequest): void {
  const all: [string | undefined, LayerSettings][] = [[undefined, {}], ...Object.entries(layers)];
  for (const [layer, own] of all) {
    if (own['quantize'] === false) continue;
    const merged = { ...settings, ...own } as QuantizeSettings;
    if (merged.weights === 'float') continue;
    for (const rule of rules) {
      const problem = rule(merged);
      if (problem === undefined) continue;
      throw new LatheError('quantize.settings', layer === undefined ? problem : `layer ${JSON.stringify(layer)}: ${problem}`);
    }
  }
}
