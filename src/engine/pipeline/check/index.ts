import type { CheckJob } from '../../../protocol/job.ts';
import type { CheckDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import type { JobDeps } from '../jobs.ts';

export function runCheck({ target }: CheckJob, _deps: JobDeps): Promise<CheckDocument> {
  return Promise.reject(new LatheError('check.target', `nothing is known of ${target}`));
}
