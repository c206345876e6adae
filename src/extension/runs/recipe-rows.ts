import { visible } from '../../protocol/format.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import { markdownText, type Row } from './row.ts';
import { metricText, statusText, whenText } from './words.ts';

/** What is known of a recipe of the workspace. */
export interface ListedRecipe {
  /** Absolute. */
  readonly file: string;
  /** As it is shown: relative to the workspace. */
  readonly place: string;
  readonly target?: string;
  /** The model's file, absolute. */
  readonly model?: string;
  /** Messages, errors first; undefined while the recipe has not been checked yet. */
  readonly problems?: readonly { readonly severity: 'error' | 'warning'; readonly message: string; readonly line: number }[];
}

/** The list *Recipes*: by place, each with its target, what is wrong with it and what its last run came to. `runs` come newest first. */
export function recipeRows(recipes: readonly ListedRecipe[], runs: readonly RunSummary[], now: Date): Row[] {
  const last = new Map<string, RunSummary>();
  for (const run of runs) if (run.recipe !== undefined && !last.has(run.recipe)) last.set(run.recipe, run);
  return [...recipes]
    .sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0))
    .map((recipe) => recipeRow(recipe, last.get(recipe.file), now));
}

function recipeRow(recipe: ListedRecipe, last: RunSummary | undefined, now: Date): Row {
  const { file, place, target, problems } = recipe;
  const errors = problems?.filter(({ severity }) => severity === 'error').length ?? 0;
  const folders = place.split('/');
  const name = visible(folders.pop() ?? place);
  const state = errors ? `${errors} ${errors === 1 ? 'mistake' : 'mistakes'}` : last && lastText(last);
  const description = [target && visible(target), state, visible(folders.join('/'))].filter(Boolean).join(' · ');
  return {
    id: `recipe:${file}`,
    label: name.replace(/\.compress\.(ya?ml|json)$/i, ''),
    description,
    spoken: `recipe ${name}, ${description}`,
    icon: iconOf(problems),
    tooltip: () => recipeTooltip(recipe, last, now),
    context: errors ? 'recipe' : 'recipe runnable',
    path: file,
    open: { command: 'vscode.open', title: 'Open' },
  };
}

function iconOf(problems: ListedRecipe['problems']): Row['icon'] {
  if (problems?.some(({ severity }) => severity === 'error')) return { name: 'error', color: 'problemsErrorIcon.foreground' };
  if (problems?.length) return { name: 'warning', color: 'problemsWarningIcon.foreground' };
  return { name: 'list-selection' };
}

/** "top-1 91.3 %": what its last run came to. */
const lastText = ({ status, metrics }: RunSummary): string =>
  status === 'finished' && metrics ? metricText(metrics.after) : status === 'running' ? 'running' : `last run ${statusText[status]}`;

function recipeTooltip({ place, model, target, problems }: ListedRecipe, last: RunSummary | undefined, now: Date): string {
  const lines = [
    `**${markdownText(visible(place))}**`,
    [model && `Model ${markdownText(visible(model))}`, target && `for ${markdownText(visible(target))}`].filter(Boolean).join(', '),
    last && `Last run ${whenText(last.started, now)}: ${markdownText(lastText(last))}`,
    problems === undefined ? 'Not checked yet' : problems.length === 0 ? '$(pass) Valid' : undefined,
    ...(problems ?? []).slice(0, 5).map(({ severity, line, message }) => `$(${severity}) Line ${line}: ${markdownText(visible(message))}`),
    problems && problems.length > 5 ? `and ${problems.length - 5} more` : undefined,
  ];
  return lines.filter(Boolean).join('\n\n');
}
