import type { ScatterLayout } from './scatter.ts';
import type { SearchSummary } from './results/search.ts';

/** What lists and comparisons say of a budget that a run shared out between models: the small part of it. */
export type RunBudget = Pick<SearchSummary, 'budget' | 'found' | 'compared' | 'front'> & {
  readonly models: NonNullable<SearchSummary['models']>;
};

/** A picture of what the answer loses against what is spent, laid out. */
export interface BudgetPicture {
  readonly title: string;
  readonly layout: ScatterLayout;
  /** By `index` of the marks. `strong`: what was taken; `soft`: something to compare with. */
  readonly points: readonly { readonly title: string; readonly mark?: 'soft' | 'strong' }[];
}

/** A budget over several models that one of the runs shared out. */
export interface ComparedBudget {
  /** Place of its run in the table. */
  readonly run: number;
  /** "At most 50.0 kB of packed weights" */
  readonly title: string;
  /** The whole first, then each model. */
  readonly pictures: readonly BudgetPicture[];
  /** Model, how it was shared out, and what the model got. */
  readonly rows: readonly {
    readonly model: string;
    readonly name: string;
    readonly cost: string;
    readonly percent: string;
    readonly portion: string;
    readonly kept: boolean;
  }[];
}
