import type { SearchBudget } from '../../../../protocol/job.ts';
import { LatheError } from '../../../base/errors.ts';
import { compositionOf } from '../../../chain/split.ts';
import { usualRatios } from '../../../joint/budget/settings.ts';
import type { Model } from '../../../onnx/graph.ts';
import type { QuantizeRequest } from '../../../quantize/types.ts';
import type { ResolvedStep } from '../../../recipe/types.ts';
import type { Width } from '../../../search/budget.ts';
import type { JudgeRequest } from '../../../search/judge.ts';
import type { Found } from '../../../search/search.ts';
import { shareOut } from '../../../search/share/share.ts';
import { Variants } from '../../../search/variants.ts';
import { searchedWidths } from '../../../search/widths.ts';
import type { StepRequest } from '../../steps/step.ts';
import { openNarrowing } from './narrowing.ts';

/** What may be changed of a model, and what on. */
export interface BudgetRequest extends Pick<StepRequest, 'recipe' | 'data' | 'runtime' | 'context'> {
  readonly budget: SearchBudget;
  readonly widths: readonly Width[] | undefined;
  readonly ratios: readonly number[] | undefined;
  /** Float; a chain, or one model. */
  readonly model: Model;
  /** Absent: what is left stays float. */
  readonly base: QuantizeRequest | undefined;
  /** Step `prune`, or one that says the same; absent: all channels stay. */
  readonly prune: ResolvedStep | undefined;
  readonly judged: JudgeRequest;
}

/** Shares a budget out between models by widths and channels. Throws `search.*`, `prune.*`, and what measuring throws. */
export function shareBudget(request: BudgetRequest): Promise<Found> {
  const { budget, model, base, prune, judged, recipe, data, runtime, context } = request;
  const { calibration, settings } = data;
  if (base && !calibration) {
    throw new LatheError('search.no-pictures', 'a budget is shared out by what rounding costs, and there are no pictures to calibrate on', {
      file: recipe.file,
      hint: 'Name some under data.calibration.',
    });
  }
  const models = compositionOf(model)?.links.map(({ alias }) => alias) ?? [recipe.name];
  const { ratios = usualRatios } = request;
  const asked = { recipe, data, runtime, context };
  const input = settings ? { input: settings } : {};
  const variants = (whole: Model): Variants => new Variants(whole, base!, { runtime, context, dataset: calibration!, ...input });
  return shareOut(
    { budget, widths: base ? widthsOf(request, base) : ['float'], judged, models, ...(base ? { base } : {}) },
    { runtime, context, variants, ...(prune ? { narrowing: openNarrowing({ ...asked, model, step: prune, models, ratios }) } : {}) },
  );
}

/** Multiply-adds are as many at any width: then all layers have that of the step. */
function widthsOf({ budget, widths, recipe }: BudgetRequest, { settings, target }: QuantizeRequest): Width[] {
  if (budget.kind !== 'macs') return searchedWidths(widths, target);
  const { weights } = settings;
  const refuse = (message: string, hint: string): LatheError => new LatheError('search.widths', message, { file: recipe.file, hint });
  if (widths) throw refuse('widths save no multiply-adds', 'Leave `widths` out, or give a budget of bytes, bit operations or latency.');
  if (weights === 'ternary' || weights === 'binary')
    throw refuse(`a budget is not shared out with ${weights} weights`, 'Give `weights` a number of bits.');
  return [weights];
}
