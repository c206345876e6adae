import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import type { SparseLayer, ZeroChoice } from './choose-zeros.ts';
import { blocks } from './patterns/blocks.ts';
import { nOfM } from './patterns/n-of-m.ts';
import type { Pattern } from './patterns/pattern.ts';
import { singleWeights } from './patterns/single-weights.ts';
import { weightScore } from './scores.ts';
import type { SparseParameters } from './settings.ts';
import { weightSites, type LeftLayer } from './weight-sites.ts';

export interface SparseSettings extends SparseParameters {
  readonly method: 'weights' | 'n-m' | 'blocks';
  readonly scope: 'local' | 'global';
  readonly criterion: string;
  readonly seed: number;
  /** By layer: `prune: false`, or a sparsity of its own. */
  readonly layers: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
}

/** What will be zero, and what stays as it is. */
export interface SparsePlan extends ZeroChoice {
  readonly left: readonly LeftLayer[];
}

/** Finds the weights of a model (loaded) and says what is chosen among them. Throws `prune.pattern`, `prune.criterion`, `prune.nothing`. */
export function planSparse(model: Model, settings: SparseSettings): SparsePlan {
  const pattern = patternOf(settings);
  const score = weightScore(settings.criterion, settings.seed);
  if (!score)
    throw new LatheError('prune.criterion', `criterion: ${settings.criterion} says nothing of single weights`, {
      hint: 'Use l1, lamp or random, or method: channels.',
    });
  const { sites, left } = weightSites(model);
  const layers: SparseLayer[] = [];
  const stay = [...left];
  for (const site of sites) {
    const own = settings.layers[site.layer] ?? {};
    const units = pattern.units(site, site.values);
    const reason = own['prune'] === false ? 'left out by the recipe' : 'reason' in units ? units.reason : undefined;
    if (reason !== undefined) stay.push({ name: site.layer, op: site.op, reason });
    else layers.push({ site, ...amount(settings, own) });
  }
  if (!layers.length)
    throw new LatheError('prune.nothing', 'no layer of this model can be pruned so', {
      file: model.path,
      hint: stay.length ? `${stay[0]!.name}: ${stay[0]!.reason}.` : 'It has neither convolutions nor products with a stored matrix.',
    });
  return { layers, pattern, score, left: stay };
}

/** A layer with a sparsity of its own is chosen by itself. */
function amount({ method, scope, sparsity }: SparseSettings, own: Readonly<Record<string, unknown>>): Omit<SparseLayer, 'site'> {
  if (method === 'n-m') return { share: 'pattern', pooled: false };
  const wanted = own['sparsity'];
  return typeof wanted === 'number' ? { share: wanted, pooled: false } : { share: sparsity, pooled: scope === 'global' };
}

function patternOf({ method, pattern, block }: SparseSettings): Pattern {
  if (method === 'weights') return singleWeights;
  if (method === 'blocks') return blocks(block[0]!, block[1]!);
  const [kept, of] = pattern.split(':').map(Number) as [number, number];
  if (kept < of) return nOfM(kept, of);
  throw new LatheError('prune.pattern', `pattern: ${pattern} leaves nothing to prune`, { hint: 'The first number is smaller: 2:4, say.' });
}
