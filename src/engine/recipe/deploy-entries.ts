import type { DeployEntry } from '../targets/deploy-settings.ts';
import { findTarget } from '../targets/index.ts';
import type { TargetLimits } from '../targets/limits.ts';
import type { Path } from './check.ts';
import type { RuleContext } from './rules/rule.ts';

/** An entry of `deploy` as its recipe has it. */
export interface EntryView {
  readonly entry: DeployEntry;
  readonly path: Path;
  /** The board's, else the recipe's. */
  readonly target: TargetLimits;
}

/** The entries of `deploy`, one or a list; without those that could not be read. */
export function deployEntries({ recipe, target }: Pick<RuleContext, 'recipe' | 'target'>): EntryView[] {
  const { deploy } = recipe;
  if (deploy === undefined) return [];
  const view = (entry: DeployEntry | undefined, path: Path): EntryView[] => {
    if (typeof entry !== 'object' || entry === null) return [];
    return [{ entry, path, target: findTarget(entry.target ?? '') ?? target }];
  };
  return Array.isArray(deploy) ? deploy.flatMap((entry, index) => view(entry, ['deploy', index])) : view(deploy as DeployEntry, ['deploy']);
}
