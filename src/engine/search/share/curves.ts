import type { Removal } from '../../prune/groups/types.ts';
import type { Width } from '../budget.ts';
import type { Judge, Score } from '../judge.ts';
import type { Mixes } from '../mixes.ts';
import type { SearchedFacts } from '../layers.ts';
import type { ShareCosts } from './costs.ts';
import type { Narrowing, ShareTools } from './request.ts';
import { sizesOf, type Sizes } from './sizes.ts';

/** All layers of one model at one width, the others float. */
export interface WidthTrial {
  readonly weights: number;
  readonly score: Score;
}

/** One model with a part of its channels gone, all of it float. */
export interface NarrowTrial {
  readonly ratio: number;
  readonly removal: Removal;
  readonly sizes: Sizes;
  /** Beside what single layers save: see `ShareCosts`. */
  readonly narrowed: number;
  readonly score: Score;
}

/** What the answer of the whole loses with all layers of one model at each width. Throws what measuring throws, and Cancelled. */
export async function widthCurve(
  layers: readonly SearchedFacts[],
  widths: readonly Width[],
  { mixes, judge, context }: Pick<ShareTools, 'context'> & { readonly mixes: Mixes; readonly judge: Judge },
): Promise<WidthTrial[]> {
  const open = layers.filter(({ fixed }) => !fixed);
  const trials: WidthTrial[] = [];
  for (const weights of open.length ? widths : []) {
    if (weights === 'float') continue;
    const model = mixes.model(new Map(open.map(({ name }) => [name, weights])));
    trials.push({ weights, score: await judge.measure(model, undefined, context) });
  }
  return trials;
}

/** What it loses with parts of one model's channels gone. Throws what cutting and measuring throw, and Cancelled. */
export async function narrowCurve(
  model: string,
  narrowing: Narrowing,
  { judge, costs, context }: Pick<ShareTools, 'context'> & { readonly judge: Judge; readonly costs: ShareCosts },
): Promise<NarrowTrial[]> {
  const trials: NarrowTrial[] = [];
  let before = 0;
  for (const [i, ratio] of narrowing.ratios.entries()) {
    const removal = await narrowing.removal(model, ratio);
    const gone = [...removal.values()].reduce((sum, channels) => sum + channels.length, 0);
    // Few channels come in few parts.
    if (gone > before) {
      const cut = await narrowing.without(removal, 'few');
      const score = await judge.measure(cut, undefined, context);
      trials.push({ ratio, removal, sizes: sizesOf(cut), narrowed: await costs.narrowed(cut), score });
    }
    before = gone;
    context.progress.report({ phase: `narrow ${model}`, done: i + 1, total: narrowing.ratios.length, unit: 'parts' });
  }
  return trials;
}
