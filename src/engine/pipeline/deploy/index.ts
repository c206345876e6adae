import type { DeployJob } from '../../../protocol/job.ts';
import type { DeployDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import type { JobDeps } from '../jobs.ts';

export function runDeploy(_job: DeployJob, recipe: ResolvedRecipe, _deps: JobDeps): Promise<DeployDocument[]> {
  return Promise.reject(new LatheError('deploy.entries', `${recipe.name} names no board`));
}
