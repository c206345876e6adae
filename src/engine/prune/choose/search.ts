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
  /** A truer and slower trial, which decides between the best of the others. */
  readonly finalTrial?: Trial;
}

/** Candidates that the slower trial decides between, beside the path asked for. */
const finalists = 4;

/**
 * Tries random widths that reach the goals, those of the path asked for among them, and returns the path of the best (EagleEye, Li et al. 2020, arXiv:2007.02491, section 4). Throws
 * what `bestPath` throws.
 */
export async function searchPath(request: SearchRequest): Promise<WidthPath> {
  const { profile, rules, candidates, seed, finalTrial } = request;
  const random = seededRandom(seed, 'prune:candidates');
  const others = Array.from({ length: candidates - 1 }, () => {
    const weights = profile.groups.map(() => contrast ** (random.next() - 0.5));
    return unequalPath(profile, rules, weights);
  });
  const ranked = await byLoss(request, others);
  if (!finalTrial) return ranked[0]!;
  return bestPath({ ...request, trial: finalTrial }, ranked.slice(0, finalists));
}

/**
 * Of the path asked for and others the one whose widths at the goals lose least. Throws what `choose` throws for the path asked for, what `trial` throws, and Cancelled.
 */
export const bestPath = async (request: TrialRequest, others: readonly WidthPath[]): Promise<WidthPath> =>
  (await byLoss(request, others))[0]!;

/** Paths that reach the goals, that which loses least first. Equal widths are tried once. */
async function byLoss(request: TrialRequest, others: readonly WidthPath[]): Promise<WidthPath[]> {
  const { goals, trial, context } = request;
  const tried = new Set<string>();
  const found: { readonly path: WidthPath; readonly loss: number }[] = [];
  for (const [number, path] of [request.path, ...others].entries()) {
    throwIfCancelled(context.signal);
    if (number === 0 || isReached({ ...request, path }, goals)) {
      const { widths, removal } = choose({ ...request, path }, goals);
      if (!tried.has(widths.join())) found.push({ path, loss: await trial(removal) });
      tried.add(widths.join());
    }
    context.progress.report({ phase: 'candidates', done: number + 1, total: others.length + 1, unit: 'candidates' });
  }
  return found.sort((a, b) => a.loss - b.loss).map(({ path }) => path);
}
