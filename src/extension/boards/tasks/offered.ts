import type { TaskDefinition } from './definition.ts';

/** What has to be known of a recipe to say which tasks it has. */
export interface TaskRecipe {
  /** Relative to its workspace folder, with `/`. */
  readonly place: string;
  /** The recipe's target and those of its `deploy:`. */
  readonly targets: readonly string[];
  readonly deploys: boolean;
}

/** What targets can do, by name. */
export interface TargetAbilities {
  readonly checks: (target: string) => boolean;
  readonly compiles: (target: string) => boolean;
}

/** The tasks of a recipe: all that its targets have, in the order in which they are done. */
export function recipeTasks({ place, targets, deploys }: TaskRecipe, { checks, compiles }: TargetAbilities): TaskDefinition[] {
  const base = { type: 'lathe', recipe: place } as const;
  return [
    { ...base, task: 'run' },
    ...(targets.some(checks) ? [{ ...base, task: 'check' } as const] : []),
    ...(targets.some(compiles) ? [{ ...base, task: 'compile' } as const] : []),
    ...(deploys ? ([{ ...base, task: 'deploy' }, { ...base, task: 'deploy', dryRun: true }] as const) : []), // prettier-ignore
  ];
}

/** The board is asked for when the task is run. */
export const modelTasks = (place: string): TaskDefinition[] => [{ type: 'lathe', task: 'check', model: place }];
