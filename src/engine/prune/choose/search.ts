import type { Context } from '../../base/context.ts';
import { throwIfCancelled } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import { choose, isReached, type ChooseRequest, type Choice, type Goals } from './choose.ts';
import { unequalPath } from './local.ts';
import type { WidthPath } from './path.ts';
import type { Trial } from './sensitivity.ts';
import type { GroupRules } from './widths.ts';

/** One group may lose channels at so many times the pace of another. */
const contrast = 9;

export interface SearchRequest extends ChooseRequest {
  readonly rules: readonly GroupRules[];
  readonly goals: Goals;
  readonly candidates: number;
  readonly seed: number;
  readonly trial: Trial;
  readonly context: Context;
}

/**
 * Tries random widths that reach the goals, those of the path asked for among them, and returns the path of the best (EagleEye, Li et al. 2020, arXiv:2007.02491, section 4). Equal
 * widths are tried once. Throws what `choose` throws for the path asked for, what `trial` throws, and Cancelled.
 */
export async function searchPath(request: SearchRequest): Promise<WidthPath> {
  const { profile, rules, goals, candidates, seed, trial, context } = request;
  const random = seededRandom(seed, 'prune:candidates');
  const tried = new Set<string>();
  let best: { readonly path: WidthPath; readonly loss: number } | undefined;
  for (let number = 0; number < candidates; number++) {
    throwIfCancelled(context.signal);
    const weights = profile.groups.map(() => contrast ** (random.next() - 0.5));
    const path = number === 0 ? request.path : unequalPath(profile, rules, weights);
    if (number === 0 || isReached({ ...request, path }, goals)) {
      const { widths, removal }: Choice = choose({ ...request, path }, goals);
      if (!tried.has(widths.join())) {
        const loss = await trial(removal);
        if (!best || loss < best.loss) best = { path, loss };
      }
      tried.add(widths.join());
    }
    context.progress.report({ phase: 'candidates', done: number + 1, total: candidates, unit: 'candidates' });
  }
  return best!.path;
}
