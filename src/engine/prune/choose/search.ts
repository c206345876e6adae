import type { Context } from '../../base/context.ts';
import { throwIfCancelled } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import { choose, isReached, type ChooseRequest, type Goals } from './choose.ts';
import { unequalPath } from './local.ts';
import type { WidthPath } from './path.ts';
import type { Trial } from './sensitivity.ts';
import type { GroupRules } from './widths.ts';

/** One group may lose channels at so many times the pace of another. */
const contrast = 9;

export interface TrialRequest extends ChooseRequest {
  readonly rules: readonly GroupRules[];
  readonly goals: Goals;
  readonly trial: Trial;
  readonly context: Context;
}

export interface SearchRequest extends TrialRequest {
  readonly candidates: number;
  readonly seed: number;
}

/**
 * Tries random widths that reach the goals, those of the path asked for among them, and returns the path of the best (EagleEye, Li et al. 2020, arXiv:2007.02491, section 4). Throws
 * what `bestPath` throws.
 */
export function searchPath(request: SearchRequest): Promise<WidthPath> {
  const { profile, rules, candidates, seed } = request;
  const random = seededRandom(seed, 'prune:candidates');
  const others = Array.from({ length: candidates - 1 }, () => {
    const weights = profile.groups.map(() => contrast ** (random.next() - 0.5));
    return unequalPath(profile, rules, weights);
  });
  return bestPath(request, others);
}

/**
 * Of the path asked for and others the one whose widths at the goals lose least. Equal widths are tried once. Throws what `choose` throws for the path asked for, what `trial` throws,
 * and Cancelled.
 */
export async function bestPath(request: TrialRequest, others: readonly WidthPath[]): Promise<WidthPath> {
  const { goals, trial, context } = request;
  const tried = new Set<string>();
  let best: { readonly path: WidthPath; readonly loss: number } | undefined;
  for (const [number, path] of [request.path, ...others].entries()) {
    throwIfCancelled(context.signal);
    if (number === 0 || isReached({ ...request, path }, goals)) {
      const { widths, removal } = choose({ ...request, path }, goals);
      if (!tried.has(widths.join())) {
        const loss = await trial(removal);
        if (!best || loss < best.loss) best = { path, loss };
      }
      tried.add(widths.join());
    }
    context.progress.report({ phase: 'candidates', done: number + 1, total: others.length + 1, unit: 'candidates' });
  }
  return best!.path;
}
