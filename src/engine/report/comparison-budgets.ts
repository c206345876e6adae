import type { RunSummary } from '../../protocol/runs.ts';
import type { SearchSummary } from '../../protocol/results/search.ts';
import type { BudgetPicture, ComparedBudget, RunBudget } from '../../protocol/shared-budget.ts';
import { plain } from './format.ts';
import { html, type Html } from './html-text.ts';
import type { RunComparison } from '../../protocol/runs-comparison.ts';
import { scatterFrom } from './scatter.ts';
import { layoutScatter } from './scatter-layout.ts';
import { budgetTitle, costText, modelPictures, wholePicture, type SearchPicture } from './search-pictures.ts';
import { portionText } from './shared-models.ts';
import { table } from './table.ts';

/** Pictures are drawn at this size and scaled. */
const [pictureWidth, pictureHeight] = [1120, 340];

/** Budgets that runs shared out between models. */
export const comparedBudgets = (runs: readonly RunSummary[]): ComparedBudget[] =>
  runs.flatMap(({ budget }, run) => (budget ? [comparedBudget(budget, run)] : []));

function comparedBudget(shared: RunBudget, run: number): ComparedBudget {
  const { budget, found, compared, models } = shared;
  // What is drawn and told needs nothing else of it.
  const search = { ...shared, method: '', metric: '', unit: budget.unit, samples: 0, layers: [], notes: [] } satisfies SearchSummary;
  const cost = costText(search);
  const whole = wholePicture(search);
  const told = [found, ...compared.filter(({ name }) => name === 'each alone')];
  return {
    run,
    title:
      budget.kind === 'drop'
        ? `At most ${plain(budget.limit)} ${budget.unit} of loss`
        : `At most ${cost(budget.limit)} of ${budgetTitle(budget.kind)}`,
    pictures: [...(whole ? [whole] : []), ...modelPictures(search)].map(laidOut),
    rows: models.flatMap(({ model }, at) =>
      told.flatMap((point) => {
        const share = point.models?.[at];
        if (!share) return [];
        return [
          {
            model,
            name: point.name,
            cost: cost(share.cost),
            percent: `${plain(share.percent)} %`,
            portion: portionText(share),
            kept: point === found,
          },
        ];
      }),
    ),
  };
}

const laidOut = ({ title, points, front, xText, yText }: SearchPicture): BudgetPicture => ({
  title,
  layout: layoutScatter({ width: pictureWidth, height: pictureHeight, points, front, xText, yText }),
  points: points.map((point) => ({ title: point.title, ...(point.mark ? { mark: point.mark } : {}) })),
});

/** The same as part of a page. */
export const budgetsSection = ({ runs, budgets = [] }: RunComparison): Html =>
  html`${budgets.map(
    ({ run, title, pictures, rows }) =>
      html`<h2>One budget over all models: ${runs[run]!.name}</h2>
        <p class="soft">${title}. Up is better, left is less; the dashed line is the best that can be had by the sum of the parts.</p>
        ${table(
          `What each model of ${runs[run]!.name} got`,
          rows,
          [
            { title: 'Model', kind: 'name', cell: ({ model }) => model },
            { title: 'Shared out', cell: ({ name }) => name },
            { title: 'Takes', number: true, cell: ({ cost }) => cost },
            { title: 'Of its own at 8 bits', number: true, cell: ({ percent }) => percent },
            { title: 'By', cell: ({ portion }) => portion },
          ],
          ({ kept }) => (kept ? 'kept' : ''),
        )}
        ${pictures.map(
          (picture) =>
            html`<h4>${picture.title}</h4>
              ${scatterFrom(picture.layout, picture.points, picture.title)}`,
        )}`,
  )}`;
